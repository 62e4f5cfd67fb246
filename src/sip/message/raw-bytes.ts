import { isUtf8 } from 'node:buffer';

/*
 * Header text is UTF-8 (RFC 3261 section 7.3.1), but telephones send names in Latin-1 or GBK as well, and responses return
 * them byte for byte (section 8.2.6.2). A byte that is not UTF-8 is read as U+DC00 above it, which no UTF-8 gives, and
 * written as that byte again.
 */

const ESCAPE = 0xdc00;
/** Under the flag u a surrogate matches only where it stands alone. */
const ESCAPED = /[\u{dc80}-\u{dcff}]/u;
const EACH_ESCAPED = /[\u{dc80}-\u{dcff}]/gu;
const LONGEST_CHARACTER = 4;

export function decodeText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    const length = byte < 0x80 ? 1 : characterAt(bytes, at);
    text += length === 0 ? String.fromCharCode(ESCAPE + byte) : bytes.toString('utf8', at, at + length);
    at += Math.max(1, length);
  }
  return text;
}

/** The length of the character of more than one byte that begins there; 0 when none does. */
function characterAt(bytes: Buffer, offset: number): number {
  for (let length = 2; length <= LONGEST_CHARACTER && offset + length <= bytes.length; length++)
    if (isUtf8(bytes.subarray(offset, offset + length))) return length;
  return 0;
}

export function encodeText(text: string): Buffer {
  if (!ESCAPED.test(text)) return Buffer.from(text, 'utf8');
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { index, 0: escaped } of text.matchAll(EACH_ESCAPED)) {
    pieces.push(Buffer.from(text.slice(from, index), 'utf8'), Buffer.of(escaped.charCodeAt(0) - ESCAPE));
    from = index + 1;
  }
  return Buffer.concat([...pieces, Buffer.from(text.slice(from), 'utf8')]);
}

/** For readers of text: such bytes as Latin-1, the likeliest guess. */
export const legible = (text: string): string =>
  ESCAPED.test(text) ? text.replace(EACH_ESCAPED, (each) => String.fromCharCode(each.charCodeAt(0) - ESCAPE)) : text;
