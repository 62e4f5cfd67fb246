/** Some five minutes of speech: more is a mistake, not a prompt, and fails with SYNTHESIS_FAILED. */
export const LONGEST_TEXT = 4000;

/**
 * A text as synthesizers get it and as cache keys see it: NFC, control characters and runs of white space are one space.
 * Empty when there is nothing to say.
 */
export const speakableText = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
    .trim();
