/* PORT: what the bank answers to its customers' questions, for an agent to read out. */

export interface KnowledgeAnswer {
  readonly id: string;
  /** The question, in few words. */
  readonly title: string;
  readonly text: string;
  /** Of the text, such as `en-US`. */
  readonly language: string;
}

export interface Knowledge {
  /**
   * @param said - what the customer said last, in any language
   * @returns the answers that fit, best first; none: nothing fits
   */
  suggest(said: string, most: number): readonly KnowledgeAnswer[];
}
