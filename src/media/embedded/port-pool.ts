import { IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';

/** How many pairs the system is taken to have when it picks the ports itself. */
const EPHEMERAL_PAIRS = 8192;

interface Idle {
  readonly port: number;
  readonly readyAt: number;
}

/**
 * Pairs of UDP ports: RTP on an even one, RTCP on the next (RFC 3550 section 11). A pair that comes back drains before it
 * is given out again, so that the last call's packets do not reach the next call. Longest unused first.
 */
export class PortPool {
  readonly #clock: Clock;
  readonly #drain: Milliseconds;
  readonly #ephemeral: boolean;
  #idle: Idle[] = [];
  #taken = 0;

  /** @param range - both ends included; 0 to 0: the system picks, `take` returns 0 */
  constructor(range: { readonly min: number; readonly max: number }, drain: Milliseconds, clock: Clock) {
    this.#clock = clock;
    this.#drain = drain;
    this.#ephemeral = range.min === 0 && range.max === 0;
    if (this.#ephemeral) return;
    for (let port = range.min + (range.min % 2); port + 1 <= range.max; port += 2)
      this.#idle.push({ port, readyAt: 0 });
  }

  get free(): number {
    if (this.#ephemeral) return Math.max(0, EPHEMERAL_PAIRS - this.#taken);
    const now = this.#clock.now();
    return this.#idle.filter(({ readyAt }) => readyAt <= now).length;
  }

  /** The RTP port of a pair, or 0. @throws IvrError MEDIA_PORTS_EXHAUSTED */
  take(): number {
    if (this.#ephemeral) {
      this.#taken++;
      return 0;
    }
    const first = this.#idle[0];
    if (first === undefined || first.readyAt > this.#clock.now())
      throw new IvrError('MEDIA_PORTS_EXHAUSTED', 'no RTP port is free: widen the port range or refuse calls earlier', {
        taken: this.#taken,
        draining: this.#idle.length,
      });
    this.#idle.shift();
    this.#taken++;
    return first.port;
  }

  /** Gives a pair back: after the call, or because another program holds it. It drains either way. */
  release(port: number): void {
    this.#taken--;
    if (!this.#ephemeral) this.#idle.push({ port, readyAt: this.#clock.now() + this.#drain });
  }
}
