/**
 * The form in which words are compared. SRGS 1.0 (section 2.1) leaves case to the recognizer; here "ATM", "Atm" and the
 * full-width "ＡＴＭ" are one word (Unicode NFKC, lower case), and so are "I’d" and "I'd".
 */
export const foldWord = (word: string): string =>
  word
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFC')
    .replaceAll(/[\u2018\u2019\u02bc]/g, "'");
