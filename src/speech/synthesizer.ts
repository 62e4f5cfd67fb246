/* PORT to a synthesizer, as the speech worker sees it. Adapters: engines/. */

export interface Synthesizer extends AsyncDisposable {
  readonly name: string;
  readonly languages: readonly string[];
  readonly voices: readonly string[];
  /**
   * Chunks in order, as soon as they exist: the first clause is spoken while the next is made.
   *
   * @returns 8 kHz mono 16-bit
   * @throws IvrError SYNTHESIZER_UNREACHABLE, SYNTHESIS_FAILED, CANCELLED (while iterating)
   */
  synthesize(
    text: string,
    options: { readonly language: string; readonly voice?: string },
    signal: AbortSignal,
  ): AsyncIterable<Int16Array>;
}
