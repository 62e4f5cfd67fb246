/** The value that holds the digits of an answer that was begun. Prompts may name it. */
export const BEGUN = 'said-so-far';
