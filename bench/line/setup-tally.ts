import { type Exchange, type PlacedCall } from './exchange.ts';
import type { Setups } from './orders.ts';

export class SetupTally {
  readonly #refused: Record<number, number> = {};
  readonly #setupMs: number[] = [];
  readonly #began = performance.now();
  readonly #before: number;
  readonly #exchange: Exchange;
  failedByes = 0;

  constructor(at: Exchange) {
    this.#exchange = at;
    this.#before = at.retransmissions;
  }

  async place(rtpPort: number): Promise<PlacedCall | undefined> {
    const call = await this.#exchange.place(rtpPort);
    if ('status' in call) {
      this.#refused[call.status] = (this.#refused[call.status] ?? 0) + 1;
      return undefined;
    }
    this.#setupMs.push(call.setupMs);
    return call;
  }

  get result(): Setups {
    return {
      answered: this.#setupMs.length,
      refused: this.#refused,
      setupMs: this.#setupMs,
      failedByes: this.failedByes,
      retransmissions: this.#exchange.retransmissions - this.#before,
      tookMs: performance.now() - this.#began,
    };
  }
}
