import { type MonotonicMs, ms } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import type { EndpointEvent } from '../media-server.ts';

/** Until the first packet, because somebody waits to talk; afterwards a few times within the time-out. */
const FIRST_EVERY = 100;
/** After this long without a first packet the watch slows down, as it does after one. */
const FIRST_LIMIT = 15_000;
const LONGEST_PAUSE = 5_000;
const LOOKS_PER_TIMEOUT = 4;

export interface PacketCounts {
  readonly rtp: number;
  /** Reports: who sends those lives, though it may be silent. */
  readonly rtcp: number;
}

export interface RtpWatchOptions {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly timeout: number;
  /** Up to now. */
  readonly count: () => Promise<PacketCounts>;
  readonly emit: (event: Extract<EndpointEvent, { readonly type: 'rtp-began' | 'rtp-lost' }>) => void;
}

/**
 * Whether a far end's RTP comes. FreeSWITCH is asked for its count: a fork goes on with silence when nothing comes, and
 * FreeSWITCH's own `media_timeout` is taken up only at the next negotiation, and then ends channels that are on hold.
 */
export class RtpWatch {
  readonly #options: RtpWatchOptions;
  #expected = false;
  #state: 'waiting' | 'flowing' | 'lost' = 'waiting';
  #packets: PacketCounts | undefined;
  /** Since when nothing has come, or it was not expected. */
  #since = 0;
  #begun = 0;
  #cancel: CancelTimer | undefined;
  #closed = false;

  constructor(options: RtpWatchOptions) {
    this.#options = options;
  }

  /** Offer and answer have settled whether the far end is to send: not on hold. */
  expect(expected: boolean): void {
    const { clock } = this.#options;
    if (expected && !this.#expected) this.#since = this.#begun = clock.now();
    this.#expected = expected;
    if (this.#cancel === undefined && !this.#closed) void this.#look();
  }

  /** Its first audio has come over the fork. */
  heard(): void {
    this.#since = this.#options.clock.now();
    this.#flow();
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #again(): void {
    if (this.#closed) return;
    const { clock, timeout } = this.#options;
    const early = this.#state === 'waiting' && clock.now() - this.#begun < FIRST_LIMIT;
    const pause = Math.min(LONGEST_PAUSE, timeout / LOOKS_PER_TIMEOUT);
    this.#cancel = clock.after(ms(early ? Math.min(FIRST_EVERY, pause) : pause), () => void this.#look());
  }

  async #look(): Promise<void> {
    const { clock, count } = this.#options;
    this.#cancel = () => undefined;
    // an answer that is missing says nothing about the far end
    const packets = this.#expected ? await count().catch(() => undefined) : undefined;
    if (this.#closed) return;
    const now = clock.now();
    // a hold may have begun while the answer was under way
    if (packets === undefined || !this.#expected) this.#since = now;
    else if (this.#packets === undefined) this.#miss(now);
    else if (packets.rtp === this.#packets.rtp) {
      if (packets.rtcp !== this.#packets.rtcp) this.#since = now;
      this.#miss(now);
    } else {
      this.#since = now;
      this.#flow();
    }
    this.#packets = packets ?? this.#packets;
    this.#again();
  }

  #flow(): void {
    if (this.#state === 'flowing' || this.#closed) return;
    this.#state = 'flowing';
    this.#options.emit({ type: 'rtp-began' });
  }

  #miss(now: MonotonicMs): void {
    const silent = now - this.#since;
    if (this.#state === 'lost' || silent < this.#options.timeout) return;
    this.#state = 'lost';
    this.#options.emit({ type: 'rtp-lost', silent: ms(Math.round(silent)) });
  }
}
