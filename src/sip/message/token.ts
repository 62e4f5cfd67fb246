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

/** Without the spaces and tabs around it. `trim` would take more: a BOM or a no-break space belongs to the text. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09;
