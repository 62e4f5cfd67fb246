/*
 * Framing of drachtio's control protocol: `length#payload`, the length in bytes, decimal. A payload is
 * `uuid|type|…`, for a SIP message followed by CR LF and the message as it is on the wire.
 */

/** A SIP message is at most 64 KB, the line before it a few hundred bytes. */
export const MAX_FRAME_BYTES = 128 * 1024;
const HASH = 0x23;
const ZERO = 0x30;
const NINE = 0x39;
const MAX_DIGITS = 7;

const EMPTY: Buffer = Buffer.alloc(0);

/** @returns the frame's bytes; text is written as UTF-8 */
export function formatFrame(head: string, message?: Uint8Array): Buffer {
  const text = Buffer.from(head, 'utf8');
  const length = text.length + (message?.length ?? 0);
  const prefix = Buffer.from(`${length}#`, 'latin1');
  return Buffer.concat(message === undefined ? [prefix, text] : [prefix, text, message]);
}

/**
 * Takes a connection's bytes in whatever pieces they come, gives whole payloads. Once it has met something that is no
 * frame (or one too long) it stays broken: the stream cannot be found again and the connection has to be closed.
 */
export class FrameReader {
  #pending = EMPTY;
  #broken = false;
  readonly #limit: number;

  /** @param limit - the longest payload taken, in bytes */
  constructor(limit: number = MAX_FRAME_BYTES) {
    this.#limit = limit;
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** @returns the payloads completed by these bytes, in order; they are copies. Empty for ever once broken. */
  push(bytes: Uint8Array): Buffer[] {
    if (this.#broken) return [];
    const all = this.#pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#pending, bytes]);
    const payloads: Buffer[] = [];
    let at = 0;
    for (;;) {
      const start = this.#payloadStart(all, at);
      if (start === undefined) break;
      const length = Number(all.toString('latin1', at, start - 1));
      if (length === 0 || length > this.#limit) {
        this.#broken = true;
        break;
      }
      if (all.length < start + length) break;
      payloads.push(all.subarray(start, start + length));
      at = start + length;
    }
    this.#pending = this.#broken ? EMPTY : all.subarray(at);
    return payloads;
  }

  /** The index after `length#`, or undefined while that is incomplete or wrong. */
  #payloadStart(bytes: Buffer, from: number): number | undefined {
    for (let i = from; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (byte === HASH && i > from) return i + 1;
      if (byte < ZERO || byte > NINE || i - from >= MAX_DIGITS) {
        this.#broken = true;
        return undefined;
      }
    }
    return undefined;
  }
}
