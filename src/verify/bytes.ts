/* Bytes and their texts, with what Node and browsers share. */

export class Malformed extends Error {}

/** Well-formed, of a key that is known, and not over this text. */
export class WrongSignature extends Malformed {}

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** @throws Malformed unless `text` is lower-case hexadecimal of the given number of bytes */
export function fromHex(text: unknown, bytes: number): Uint8Array<ArrayBuffer> {
  if (typeof text !== 'string' || text.length !== bytes * 2 || !/^[0-9a-f]*$/.test(text))
    throw new Malformed(`not ${bytes} bytes in lower-case hexadecimal`);
  return Uint8Array.from({ length: bytes }, (_, at) => Number.parseInt(text.slice(at * 2, at * 2 + 2), 16));
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64_VALUES = Int8Array.from({ length: 128 }, (_, code) => BASE64.indexOf(String.fromCharCode(code)));
const PADDING = 0x3d;

/** RFC 4648 section 4. Written out: what the platform has for it takes seconds for an hour of audio, or loose forms. */
export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PADDING);
  for (let at = 0, to = 0; at < bytes.length; at += 3, to += 4) {
    const left = bytes.length - at;
    const three = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let n = 0; n <= Math.min(left, 3); n++) text[to + n] = BASE64.charCodeAt((three >> (18 - 6 * n)) & 63);
  }
  return new TextDecoder().decode(text);
}

/**
 * Base64 of RFC 4648 section 4 in its one canonical form: whoever changes the last character, whose low bits decode to
 * nothing, has changed the text all the same.
 *
 * @throws Malformed for every other form
 */
export function fromBase64(text: unknown): Uint8Array<ArrayBuffer> {
  if (typeof text !== 'string' || text.length % 4 !== 0) throw new Malformed('not base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let [bits, held, to] = [0, 0, 0];
  for (let at = 0; at < text.length - padding; at++) {
    const value = BASE64_VALUES[text.charCodeAt(at)] ?? -1;
    if (value < 0) throw new Malformed('not base64');
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[to++] = bits >> held;
  }
  if ((bits & (2 ** held - 1)) !== 0) throw new Malformed('not canonical base64');
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** @throws Malformed when it is not UTF-8, or begins with a byte order mark */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed('not UTF-8');
  }
}

/** Eight bytes, big-endian. */
export function uint64(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

export async function sha256(...parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)));
}
