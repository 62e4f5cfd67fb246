import llama from 'llama-tokenizer-js';

/* Moonshine's tokens: the first 32,000 of its 32,768 are LLaMA's, one '▁' marking each space before a word. */

export const BEGIN = 1;
export const END = 2;
export const VOCABULARY = 32_768;
const WRITABLE = 32_000;
const BYTE = /^<0x([0-9A-F]{2})>$/;
const SPACE_MARK = '\u2581';

const single = (piece: string): number => {
  const id = llama.vocabByString.get(piece);
  if (id === undefined) throw new TypeError(`the tokenizer has no '${piece}'`);
  return id;
};

export const SPACE = single(SPACE_MARK);
export const COMMA = single(',');
export const HYPHEN = single('-');
export const DASH = single(`${SPACE_MARK}-`);
export const POINT = single('.');
export const STOPS: readonly number[] = ['.', '?', '!', '...'].map(single);
export const DOLLAR = single(`${SPACE_MARK}$`);
export const PERCENT = single('%');
const DIGITS: readonly number[] = Array.from({ length: 10 }, (_, digit) => single(String(digit)));

const beginnings = new Set(
  llama.vocabById.flatMap((piece, id) => (/^\u2581\p{L}/u.test(piece) || /^\d$/.test(piece) ? [id] : [])),
);
/** Tokens that begin a word or are a digit. */
export const beginsWord = (token: number): boolean => beginnings.has(token);

const folded = llama.vocabById.map((piece) =>
  BYTE.test(piece) ? '' : piece.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, ''),
);
/** What a token adds to the text when capitals, spaces and punctuation are left out of it. */
export const foldedPiece = (token: number): string => folded[token] ?? '';

/** '105' → three tokens: the tokenizer never joins digits. */
export const digitTokens = (digits: string): number[] => Array.from(digits, (digit) => DIGITS[Number(digit)] ?? SPACE);

/** A word with the space before it, or `attached` to what precedes. */
export const wordTokens = (surface: string, attached: boolean): number[] => llama.encode(surface, false, !attached);

/** The text that tokens write. Control tokens write nothing. */
export function writtenBy(tokens: readonly number[]): string {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (const token of tokens) {
    if (token <= END || token >= WRITABLE) continue;
    const piece = llama.vocabById[token] ?? '';
    const byte = BYTE.exec(piece)?.[1];
    if (byte === undefined) bytes.push(...encoder.encode(piece));
    else bytes.push(Number.parseInt(byte, 16));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes)).replaceAll(SPACE_MARK, ' ').trim();
}
