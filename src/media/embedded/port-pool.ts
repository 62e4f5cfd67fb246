import { randomInt } from 'node:crypto';
import { IvrError } from '../../domain/error.ts';
import { type Milliseconds, type MonotonicMs, ms } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';

/** How many pairs the system is taken to have when it picks the ports itself. */
const EPHEMERAL_PAIRS = 8192;

interface Draining {
  readonly port: number;
  readonly readyAt: MonotonicMs;
}

/**
 * Pairs of UDP ports: RTP on an even one, RTCP on the next (RFC 3550 section 11). A pair that comes back drains before it
 * is given out again, so that the last call's packets do not reach the next call. Which one is next nobody can guess.
 */
export class PortPool {
  readonly #clock: Clock;
  readonly #drain: Milliseconds;
  readonly #ephemeral: boolean;
  readonly #ready: number[] = [];
  /** In the order in which they are ready. */
  readonly #draining: Draining[] = [];
  #taken = 0;

  /** @param range - both ends included; 0 to 0: the system picks, `take` returns 0 */
  constructor(range: { readonly min: number; readonly max: number }, drain: Milliseconds, clock: Clock) {
    this.#clock = clock;
    this.#drain = drain;
    this.#ephemeral = range.min === 0 && range.max === 0;
    if (this.#ephemeral) return;
    for (let port = range.min + (range.min % 2); port + 1 <= range.max; port += 2) this.#ready.push(port);
  }

  get free(): number {
    if (this.#ephemeral) return Math.max(0, EPHEMERAL_PAIRS - this.#taken);
    this.#drained();
    return this.#ready.length;
  }

  /** The RTP port of a pair, or 0. @throws IvrError MEDIA_PORTS_EXHAUSTED */
  take(): number {
    if (this.#ephemeral) {
      this.#taken++;
      return 0;
    }
    this.#drained();
    if (this.#ready.length === 0)
      throw new IvrError('MEDIA_PORTS_EXHAUSTED', 'no RTP port is free: widen the port range or refuse calls earlier', {
        taken: this.#taken,
        draining: this.#draining.length,
      });
    const chosen = randomInt(this.#ready.length);
    const port = this.#ready[chosen] ?? 0;
    this.#ready[chosen] = this.#ready.at(-1) ?? port;
    this.#ready.pop();
    this.#taken++;
    return port;
  }

  /** Gives a pair back: after the call, or because another program holds it. It drains either way. */
  release(port: number): void {
    this.#taken--;
    if (!this.#ephemeral) this.#draining.push({ port, readyAt: ms(this.#clock.now() + this.#drain) });
  }

  #drained(): void {
    const now = this.#clock.now();
    const still = this.#draining.findIndex(({ readyAt }) => readyAt > now);
    for (const { port } of this.#draining.splice(0, still < 0 ? this.#draining.length : still)) this.#ready.push(port);
  }
}
