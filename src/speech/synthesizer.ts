/* PORT to a synthesizer, as the speech worker sees it. Adapters: engines/. */

export type SynthesizerName = 'neural-voice' | 'espeak-ng' | 'recordings';

/** What a synthesizer can do: known before it is opened, so that a configuration can be checked against it. */
export interface SynthesizerCapabilities {
  /** Primary subtags of BCP 47 that it speaks. */
  readonly languages: readonly string[];
  /** 'machine': those that are installed there. */
  readonly voices: readonly string[] | 'machine';
  /** Sample rates that it makes, Hz. */
  readonly rates: readonly number[];
  /** It speaks the beginning of a clause before all of it is made. */
  readonly streaming: boolean;
}

export interface Synthesizer extends AsyncDisposable {
  readonly name: string;
  /** Of the program and its voices: other speech of the same text has another version. */
  readonly version: string;
  readonly capabilities: SynthesizerCapabilities;
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
