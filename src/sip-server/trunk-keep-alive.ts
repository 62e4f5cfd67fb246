import { seconds } from '../domain/units.ts';
import type { CancelTimer, Clock } from '../lib/clock.ts';
import type { Flow, SipStack } from '../sip/stack.ts';

export interface TrunkKeepAliveOptions {
  readonly every: number;
  readonly stack: Pick<SipStack, 'keepAlive'>;
  readonly clock: Clock;
  /** The way is broken, or leads elsewhere: we have to register anew. */
  readonly onBroken: () => void;
}

/** A time between these shares of the interval is drawn (RFC 5626 section 4.4). */
const EARLIEST = 0.8;

/**
 * Keeps the way open that a trunk's calls come to us by, and finds out when it is not any more (RFC 5626 section 4.4): its
 * connection is gone or silent, or over UDP a NAT shows us under another address. A proxy that has never answered STUN knows none.
 */
export class TrunkKeepAlive {
  readonly #options: TrunkKeepAliveOptions;
  #to: Flow | undefined;
  #seenAs: string | undefined;
  #answered = false;
  #stop: CancelTimer = () => undefined;

  constructor(options: TrunkKeepAliveOptions) {
    this.#options = options;
  }

  /** We are registered by that way. */
  watch(to: Flow): void {
    if (this.#to?.host !== to.host || this.#to.port !== to.port) this.#answered = false;
    this.#to = to;
    this.#seenAs = undefined;
    this.#wait();
  }

  stop(): void {
    this.#to = undefined;
    this.#stop();
  }

  #wait(): void {
    const { clock, every } = this.#options;
    this.#stop();
    this.#stop = clock.after(seconds(every * (EARLIEST + Math.random() * (1 - EARLIEST))), () => this.#ask());
  }

  #ask(): void {
    const to = this.#to;
    if (to === undefined) return;
    this.#options.stack.keepAlive(to, (answer) => {
      if (this.#to !== to) return;
      const moved = answer?.seenAs !== undefined && this.#seenAs !== undefined && answer.seenAs !== this.#seenAs;
      const silent = answer === undefined && (to.protocol !== 'UDP' || this.#answered);
      if (moved || silent) {
        this.stop();
        return this.#options.onBroken();
      }
      this.#answered ||= answer !== undefined;
      this.#seenAs = answer?.seenAs ?? this.#seenAs;
      this.#wait();
    });
  }
}
