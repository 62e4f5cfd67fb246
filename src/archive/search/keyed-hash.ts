import { createHmac, createSecretKey } from 'node:crypto';
import { e164Digits } from '../../lib/telephone-number.ts';

/** Numbers and accounts as the index keeps them: nobody without the key finds out whose they are, or looks one up. */
export interface KeyedHash {
  /** Of a telephone number in any usual form; null: it has no digits (it was withheld). */
  number(text: string): string | null;
  account(text: string): string | null;
}

/**
 * @param key - 32 bytes or more, kept with the other keys of the archive; it is copied, and may be wiped
 * @param country - code of the country in which numbers are written without one
 */
export function keyedHash(key: Uint8Array, country = '86'): KeyedHash {
  const secret = createSecretKey(key);
  const hash = (kind: string, text: string): string =>
    createHmac('sha256', secret).update(`${kind}\0${text}`).digest('hex');
  return {
    number(text) {
      const digits = e164Digits(text, country);
      return digits === null ? null : hash('number', digits);
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
