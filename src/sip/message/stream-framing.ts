import { MAX_BODY_BYTES, MAX_HEAD_BYTES } from './read-head.ts';
import { parseUint32, trimSpace } from './token.ts';

export type Frame =
  | { readonly is: 'message'; readonly bytes: Uint8Array }
  /** CRLF CRLF: the far end asks whether the connection lives (RFC 5626 section 3.5.1). */
  | { readonly is: 'ping' }
  /** Where the next message begins cannot be known: the connection is of no more use. `bytes` is what can be answered. */
  | {
      readonly is: 'broken';
      readonly because: 'head-too-large' | 'bad-content-length' | 'body-too-large';
      readonly bytes: Uint8Array;
    };

const CR = 13;
const LF = 10;
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/**
 * Cuts a stream into messages by their Content-Length (RFC 3261 section 18.3), however it arrives. Holds at most one
 * message; each byte is looked at a constant number of times.
 */
export class StreamFramer {
  #held = Buffer.alloc(0);
  #length = 0;
  /** Up to here no end of the head was found. */
  #searched = 0;
  /** The whole message's length, once its head is complete. */
  #wanted: number | undefined;
  #emptyBytes = 0;
  #broken = false;

  /** Part of a message is waiting for its rest. */
  get isInside(): boolean {
    return this.#length > 0;
  }

  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let rest = chunk;
    while (rest.length > 0 && !this.#broken)
      rest = this.#length === 0 ? this.#begin(rest, frames) : this.#goOn(rest, frames);
    return frames;
  }

  /** Between messages: skips empty lines, then takes a message at once when the chunk holds all of it. */
  #begin(chunk: Buffer, frames: Frame[]): Buffer {
    let at = 0;
    while (at < chunk.length && (chunk[at] === CR || chunk[at] === LF)) {
      at++;
      if (++this.#emptyBytes < 4) continue;
      this.#emptyBytes = 0;
      frames.push({ is: 'ping' });
    }
    if (at === chunk.length) return chunk.subarray(at);
    this.#emptyBytes = 0;
    const message = chunk.subarray(at);
    const end = message.indexOf(END_OF_HEAD);
    const wanted = end < 0 ? undefined : this.#measure(message, end + 4, frames);
    if (this.#broken) return message;
    if (wanted !== undefined && wanted <= message.length) {
      frames.push({ is: 'message', bytes: message.subarray(0, wanted) });
      return message.subarray(wanted);
    }
    this.#wanted = wanted;
    this.#hold(message);
    this.#searched = Math.max(0, this.#length - 3);
    this.#refuseEndlessHead(frames);
    return message.subarray(message.length);
  }

  #goOn(chunk: Buffer, frames: Frame[]): Buffer {
    if (this.#wanted === undefined) return this.#goOnWithHead(chunk, frames);
    const missing = this.#wanted - this.#length;
    this.#hold(chunk.subarray(0, missing));
    if (this.#length === this.#wanted) this.#emit(frames);
    return chunk.subarray(Math.min(missing, chunk.length));
  }

  #goOnWithHead(chunk: Buffer, frames: Frame[]): Buffer {
    const before = this.#length;
    // A chunk may begin inside the empty line that ends the head.
    this.#hold(chunk.subarray(0, MAX_HEAD_BYTES + 4));
    const end = this.#held.subarray(0, this.#length).indexOf(END_OF_HEAD, this.#searched);
    if (end < 0) {
      this.#searched = Math.max(0, this.#length - 3);
      this.#refuseEndlessHead(frames);
      return chunk.subarray(this.#length - before);
    }
    const wanted = this.#measure(this.#held, end + 4, frames);
    this.#wanted = wanted;
    // What lies behind the head is taken back and dealt out again by the message's length.
    this.#length = end + 4;
    const rest = chunk.subarray(end + 4 - before);
    if (wanted === this.#length) this.#emit(frames);
    return rest;
  }

  #emit(frames: Frame[]): void {
    frames.push({ is: 'message', bytes: this.#held.subarray(0, this.#length) });
    this.#held = Buffer.alloc(0);
    this.#length = 0;
    this.#searched = 0;
    this.#wanted = undefined;
  }

  /** @returns the length of head and body, unless that breaks the stream */
  #measure(bytes: Buffer, headLength: number, frames: Frame[]): number | undefined {
    const head = bytes.subarray(0, headLength);
    if (headLength > MAX_HEAD_BYTES) return this.#break('head-too-large', head, frames);
    const length = contentLengthOf(head.toString('latin1'));
    if (length === undefined) return this.#break('bad-content-length', head, frames);
    if (length > MAX_BODY_BYTES) return this.#break('body-too-large', head, frames);
    return headLength + length;
  }

  #refuseEndlessHead(frames: Frame[]): void {
    if (this.#wanted === undefined && this.#length > MAX_HEAD_BYTES)
      this.#break('head-too-large', Buffer.alloc(0), frames);
  }

  #break(
    because: 'head-too-large' | 'bad-content-length' | 'body-too-large',
    bytes: Buffer,
    frames: Frame[],
  ): undefined {
    frames.push({ is: 'broken', because, bytes: Buffer.from(bytes) });
    this.#broken = true;
    this.#held = Buffer.alloc(0);
    this.#length = 0;
  }

  #hold(bytes: Buffer): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#held.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#held.length * 2, 2048));
      this.#held.copy(grown, 0, 0, this.#length);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#length);
    this.#length = needed;
  }
}

/** Undefined when there is none, when it is not a number, or when two differ. */
function contentLengthOf(head: string): number | undefined {
  const unfolded = /\r\n[ \t]/.test(head) ? head.replace(/\r\n[ \t]+/g, ' ') : head;
  let length: number | undefined;
  for (const [, value] of unfolded.matchAll(/\r\n(?:content-length|l)[ \t]*:([^\r\n]*)/gi)) {
    const one = parseUint32(trimSpace(value ?? ''));
    if (one === undefined || (length !== undefined && length !== one)) return undefined;
    length = one;
  }
  return length;
}
