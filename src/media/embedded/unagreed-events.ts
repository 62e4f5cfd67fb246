import { looksLikeKey } from '../../rtp/telephone-event.ts';

/** Payload types that only a description gives a meaning to (RFC 3551 section 6). */
const DYNAMIC = 96;

/**
 * Keys that come with a payload type which was not agreed: gateways send the number that they use everywhere. They are
 * taken when they cannot be anything else: nobody has given the type another meaning, and two packets with the four bytes
 * of an event tell of the same key, which is held on.
 */
export class UnagreedEvents {
  #known: number | undefined;
  #last: { readonly payloadType: number; readonly code: number; readonly duration: number } | undefined;

  /** A description may give the types other meanings. */
  reset(): void {
    this.#known = undefined;
    this.#last = undefined;
  }

  isKnown(payloadType: number): boolean {
    return this.#known === payloadType;
  }

  /** Whether it has become known with this packet that events come with its type. */
  learn(payloadType: number, payload: Uint8Array, otherTypes: readonly number[]): boolean {
    if (payloadType < DYNAMIC || otherTypes.includes(payloadType) || !looksLikeKey(payload)) return false;
    const code = payload[0] ?? 0;
    const duration = ((payload[2] ?? 0) << 8) | (payload[3] ?? 0);
    const before = this.#last;
    this.#last = { payloadType, code, duration };
    if (before?.payloadType !== payloadType || before.code !== code || duration < before.duration) return false;
    this.#known = payloadType;
    return true;
  }
}
