import { Malformed, toHex } from './bytes.ts';

/** One element of DER (X.690), with its bytes in place. */
export interface Element {
  readonly tag: number;
  /** Tag and length included. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

export const SEQUENCE = 0x30;
export const SET = 0x31;
export const INTEGER = 0x02;
export const OCTETS = 0x04;
export const OID = 0x06;
export const CONTEXT_0 = 0xa0;
export const CONTEXT_3 = 0xa3;

/** The element that begins at `at`. @throws Malformed for what is not DER */
export function readElement(bytes: Uint8Array, at = 0): Element {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new Malformed('not DER');
  let length = first;
  let start = at + 2;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new Malformed('not DER');
    length = 0;
    for (let n = 0; n < count; n++) length = length * 256 + (bytes[start + n] ?? 0);
    if (length < 0x80 || length < 256 ** (count - 1)) throw new Malformed('not DER: a length that is not the shortest');
    start += count;
  }
  if (start + length > bytes.length) throw new Malformed('DER that ends too early');
  return { tag, whole: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) };
}

/** The one element that fills all of `bytes`. */
export function onlyElement(bytes: Uint8Array, tag: number): Element {
  const element = readElement(bytes);
  if (element.whole.length !== bytes.length) throw new Malformed('DER with something after its end');
  return expectTag(element, tag);
}

export function children(parent: Element): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < parent.content.length; ) {
    const element = readElement(parent.content, at);
    found.push(element);
    at += element.whole.length;
  }
  return found;
}

export function expectTag(element: Element | undefined, tag: number): Element {
  if (element?.tag !== tag) throw new Malformed('DER with another element than there should be');
  return element;
}

/** Dotted numbers. */
export function oidOf(element: Element | undefined): string {
  const { content } = expectTag(element, OID);
  const numbers: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (numbers.length === 0)
      numbers.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
    else numbers.push(value);
    value = 0;
  }
  return numbers.join('.');
}

/** A positive INTEGER in the given number of bytes. */
export function unsignedOf(element: Element | undefined, bytes: number): Uint8Array<ArrayBuffer> {
  const { content } = expectTag(element, INTEGER);
  const [first = 0, second = 0] = content;
  if (content.length === 0 || first >= 0x80 || (content.length > 1 && first === 0 && second < 0x80))
    throw new Malformed('not a positive integer in DER');
  const digits = first === 0 && content.length > 1 ? content.subarray(1) : content;
  if (digits.length > bytes) throw new Malformed('an integer that is too large');
  const padded = new Uint8Array(bytes);
  padded.set(digits, bytes - digits.length);
  return padded;
}

/** UTCTime or GeneralizedTime in UTC. */
export function timeOf(element: Element | undefined): number {
  const text = new TextDecoder('latin1').decode(element?.content);
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{1,3})\d*)?Z$/.exec(text);
  if (match === null || (element?.tag !== 0x17 && element?.tag !== 0x18)) throw new Malformed('not a time in DER');
  const [, year = '', month, day, hour, minute, second, fraction = '0'] = match;
  const full = year.length === 4 ? Number(year) : Number(year) + (Number(year) < 50 ? 2000 : 1900);
  return Date.UTC(
    full,
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, '0')),
  );
}

export const sameElement = (a: Element, b: Element): boolean => toHex(a.whole) === toHex(b.whole);
