/** How the media decides when somebody speaks and has spoken. Milliseconds. */
export interface TurnPolicy {
  /** Silence that makes a speculative decode worth while. */
  readonly speculateAfterMs: number;
  /** Silence that ends the utterance; a complete match may end it earlier by `endUtterance`. */
  readonly incompleteMs: number;
  /** Speech that makes `speech-sustained`. */
  readonly sustainMs: number;
}
