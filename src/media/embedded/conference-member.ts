import { FRAME_SAMPLES } from '../../domain/units.ts';
import type { HeardPacket } from '../engine/heard-packet.ts';
import type { Audience } from '../engine/leg-tap.ts';
import { BridgeFeed } from './bridge-feed.ts';

/** Shared by all legs of the thread, for the length of one tick: the voice of one, and the sum of all. */
const voice = new Int16Array(FRAME_SAMPLES);
const sum = new Int32Array(FRAME_SAMPLES);

export interface MemberUser {
  readonly isCustomer: boolean;
  /** What its far end says now is secret. */
  hides(): boolean;
  /** Who hears it has changed. */
  onAudience(audience: Audience): void;
}

/**
 * A leg's part in a conference: its row in the table of who hears whom, and its column. Each member has a mix of its own, of
 * those whom it hears and so never of itself; each voice has a jitter buffer for each listener, since those tick at times of their own.
 */
export class ConferenceMember {
  readonly #user: MemberUser;
  readonly #voices = new Map<ConferenceMember, BridgeFeed>();
  readonly #listeners = new Set<ConferenceMember>();

  constructor(user: MemberUser) {
    this.#user = user;
  }

  /** From now on it hears these, and nobody else. Whom it heard before it goes on to hear without a break. */
  hear(others: readonly ConferenceMember[]): void {
    for (const talker of this.#voices.keys()) if (!others.includes(talker)) this.#unhear(talker);
    for (const talker of others) {
      if (talker === this || this.#voices.has(talker)) continue;
      this.#voices.set(talker, new BridgeFeed());
      talker.#listeners.add(this);
      talker.#tellAudience();
    }
    // also when nobody hears it: a leg whose media is new has not been told so
    this.#tellAudience();
  }

  /** Each hears the other alone, and is heard by nobody else. */
  pair(other: ConferenceMember): void {
    if (other === this) return;
    for (const each of [this, other]) each.leave();
    this.hear([other]);
    other.hear([this]);
  }

  /** It hears nobody, and nobody hears it. */
  leave(): void {
    this.hear([]);
    for (const listener of this.#listeners) listener.#unhear(this);
  }

  /**
   * What its far end says. Nothing secret waits for a listener, who takes it later, perhaps when the entry is over.
   *
   * @param held - its far end has put us on hold: the music there is for whoever hears nobody else, not for a conference
   */
  put(packet: HeardPacket, held: boolean): void {
    if (this.#listeners.size === 0) return;
    if (this.#user.hides()) packet.samples.fill(0);
    for (const listener of this.#listeners)
      if (!held || listener.#voices.size === 1) listener.#voices.get(this)?.put(packet);
  }

  /**
   * The next 20 ms of all whom it hears, saturating.
   *
   * @returns whether it hears anybody: else nothing is written
   */
  mixInto(into: Int16Array): boolean {
    if (this.#voices.size === 0) return false;
    if (this.#voices.size === 1) {
      for (const [talker, feed] of this.#voices) talker.#say(feed, into);
      return true;
    }
    sum.fill(0);
    for (const [talker, feed] of this.#voices) {
      talker.#say(feed, voice);
      for (let i = 0; i < FRAME_SAMPLES; i++) sum[i] = (sum[i] ?? 0) + (voice[i] ?? 0);
    }
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      const all = sum[i] ?? 0;
      into[i] = all > 32_767 ? 32_767 : all < -32_768 ? -32_768 : all;
    }
    return true;
  }

  #say(feed: BridgeFeed, into: Int16Array): void {
    feed.readInto(into);
    if (this.#user.hides()) into.fill(0);
  }

  #unhear(talker: ConferenceMember): void {
    this.#voices.delete(talker);
    if (talker.#listeners.delete(this)) talker.#tellAudience();
  }

  #tellAudience(): void {
    const heardBy = [...this.#listeners];
    const customer = heardBy.some((listener) => listener.#user.isCustomer);
    this.#user.onAudience(customer ? 'customer' : heardBy.length > 0 ? 'others' : 'nobody');
  }
}
