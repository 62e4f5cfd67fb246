/* PORT to a synthesizer, as the speech worker sees it. Adapters: engines/. */

export interface Synthesizer extends AsyncDisposable {
  readonly name: string;
  /** Of the program and its voices: other speech of the same text has another version. */
  readonly version: string;
  readonly languages: readonly string[];
  readonly voices: readonly string[];
  /**
   * Speaks one clause; several may be asked for at once.
   *
   * @param clause - plain words of the language, some 200 characters; numbers and dates are spelled out where we have the
   *   language's words
   * @returns 8 kHz mono 16-bit, of whatever level and with silence around it; empty when there is nothing to say
   * @throws IvrError SYNTHESIZER_UNREACHABLE, SYNTHESIS_FAILED, DEADLINE_EXCEEDED, CANCELLED
   */
  speak(
    clause: string,
    options: { readonly language: string; readonly voice?: string },
    signal: AbortSignal,
  ): Promise<Int16Array>;
}
