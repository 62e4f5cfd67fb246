const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
const DIGITS = /^[0-9]+$/;

/** RFC 3261 section 25.1: `token`, in which methods, tags and header names are written. */
export const isToken = (text: string): boolean => TOKEN.test(text);

export const isDigits = (text: string): boolean => DIGITS.test(text);

/** A decimal with any number of leading zeros, up to 2^32 - 1; undefined when it is not one or is larger. */
export function parseUint32(text: string): number | undefined {
  if (!isDigits(text)) return undefined;
  const significant = text.replace(/^0+/, '');
  if (significant.length > 10) return undefined;
  const value = Number(significant);
  return value <= 0xffff_ffff ? value : undefined;
}
