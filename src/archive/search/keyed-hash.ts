import { createHmac } from 'node:crypto';

/** Numbers and accounts as the index keeps them: nobody without the key finds out whose they are, or looks one up. */
export interface KeyedHash {
  /** Of a telephone number in any usual form; null: it has no digits (it was withheld). */
  number(text: string): string | null;
  account(text: string): string | null;
}

/** So many last digits are the same in +86 138…, 0086 138… and 138…: of what is dialled nationally and internationally. */
const SAME_DIGITS = 9;

/** @param key - 32 bytes or more, kept with the other keys of the archive */
export function keyedHash(key: Uint8Array): KeyedHash {
  const hash = (kind: string, text: string): string =>
    createHmac('sha256', key).update(`${kind}\0${text}`).digest('hex');
  return {
    number(text) {
      const user = /^(?:sips?:|tel:)?([^@;]*)/i.exec(text.trim())?.[1] ?? '';
      const digits = user.normalize('NFKC').replaceAll(/\D/g, '');
      return digits === '' ? null : hash('number', digits.slice(-SAME_DIGITS));
    },
    account(text) {
      const plain = text
        .normalize('NFKC')
        .toUpperCase()
        .replaceAll(/[^\p{L}\p{N}]/gu, '');
      return plain === '' ? null : hash('account', plain);
    },
  };
}
