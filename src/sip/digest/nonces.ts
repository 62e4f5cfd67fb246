import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Milliseconds } from '../../domain/units.ts';

const LIFETIME_MS = 300_000;
const STAMP_BYTES = 6;
const RANDOM_BYTES = 10;
const MAC_BYTES = 16;
const NONCE_BYTES = STAMP_BYTES + RANDOM_BYTES + MAC_BYTES;

export type NonceState =
  /** Ours, and the count is a new one: it has been noted. */
  | 'fresh'
  /** Ours, and too old: the far end is to take a new one, with the same password. */
  | 'stale'
  /** Ours, and this count has been used: somebody repeats what was heard. */
  | 'replayed'
  | 'unknown';

/**
 * The nonces of an authenticator. An issued one costs no memory, so that strangers may ask for as many as they like; of
 * those that were used with the right password the count is kept until they are stale. Time is given to it.
 */
export class Nonces {
  readonly #secret = randomBytes(32);
  /** Nonce → the highest count used, and when it is stale. In the order of their first use. */
  readonly #used = new Map<string, { count: number; readonly until: number }>();

  get used(): number {
    return this.#used.size;
  }

  issue(now: Milliseconds): string {
    const stamp = Buffer.alloc(STAMP_BYTES);
    stamp.writeUIntBE(Math.max(0, Math.floor(now)), 0, STAMP_BYTES);
    const plain = Buffer.concat([stamp, randomBytes(RANDOM_BYTES)]);
    return Buffer.concat([plain, this.#mac(plain)]).toString('base64url');
  }

  /** Whether it is ours, and how old: nothing is noted. */
  look(nonce: string, now: Milliseconds): 'ours' | 'stale' | 'unknown' {
    const bytes = Buffer.from(nonce, 'base64url');
    if (bytes.length !== NONCE_BYTES) return 'unknown';
    const plain = bytes.subarray(0, STAMP_BYTES + RANDOM_BYTES);
    if (!timingSafeEqual(bytes.subarray(STAMP_BYTES + RANDOM_BYTES), this.#mac(plain))) return 'unknown';
    return now - plain.readUIntBE(0, STAMP_BYTES) > LIFETIME_MS ? 'stale' : 'ours';
  }

  /** For credentials whose response was right. Counts may leave numbers out, and never go back (RFC 7616 section 3.4). */
  use(nonce: string, count: number, now: Milliseconds): NonceState {
    const state = this.look(nonce, now);
    if (state !== 'ours') return state;
    this.#forget(now);
    const used = this.#used.get(nonce);
    if (count < 1 || count <= (used?.count ?? 0)) return 'replayed';
    if (used === undefined) this.#used.set(nonce, { count, until: now + LIFETIME_MS });
    else used.count = count;
    return 'fresh';
  }

  #forget(now: Milliseconds): void {
    for (const [nonce, { until }] of this.#used) {
      if (until >= now) return;
      this.#used.delete(nonce);
    }
  }

  #mac(plain: Buffer): Buffer {
    return createHmac('sha256', this.#secret).update(plain).digest().subarray(0, MAC_BYTES);
  }
}
