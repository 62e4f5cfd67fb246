import { systemCode } from '../../domain/error.ts';
import type { EndpointCommand, EndpointKey, FromMediaWorker } from './media-protocol.ts';
import type { PlayoutClock, Ticker } from './playout-clock.ts';

export interface LegCounts {
  readonly received: number;
  readonly sent: number;
  readonly lost: number;
  readonly dropped: number;
  readonly underrun: number;
  readonly tapLate: number;
  readonly vadFallbacks: number;
}

/** A leg as its media worker sees it. */
export interface RuntimeLeg<Leg> extends Ticker {
  readonly counts: LegCounts;
  command(command: EndpointCommand): void;
  bridge(other: Leg): void;
  /** Absent: its front end joins no more than two. */
  hear?(others: readonly Leg[]): void;
  close(): Promise<void>;
}

type Sums = Record<keyof LegCounts, number>;

/** The legs of a media worker, from their opening to their close. A defect in one ends that leg, not the other calls. */
export class WorkerLegs<Leg extends RuntimeLeg<Leg>> {
  readonly #clock: PlayoutClock;
  readonly #send: (message: FromMediaWorker) => void;
  readonly #legs = new Map<EndpointKey, { readonly leg: Leg; readonly leave: () => void }>();
  readonly #opening = new Map<EndpointKey, Promise<void>>();
  /** Of legs that have closed. */
  readonly #past: Sums = { received: 0, sent: 0, lost: 0, dropped: 0, underrun: 0, tapLate: 0, vadFallbacks: 0 };

  constructor(clock: PlayoutClock, send: (message: FromMediaWorker) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Of all that there are and were. */
  get counts(): LegCounts {
    const sums = { ...this.#past };
    for (const { leg } of this.#legs.values()) add(leg.counts, sums);
    return sums;
  }

  /** It is being opened: a close waits for that. */
  open(endpoint: EndpointKey, opened: Promise<void>): void {
    this.#opening.set(
      endpoint,
      opened.finally(() => this.#opening.delete(endpoint)),
    );
  }

  /** It is ready: from now on it ticks and takes commands. */
  enter(endpoint: EndpointKey, leg: Leg): void {
    const tick: Ticker['tick'] = (due, missed) => {
      try {
        leg.tick(due, missed);
      } catch (thrown) {
        this.fail(endpoint, thrown);
      }
    };
    this.#legs.set(endpoint, { leg, leave: this.#clock.join({ tick }) });
  }

  command(message: EndpointCommand): void {
    const { endpoint } = message;
    if (message.type === 'close') {
      void this.#close(endpoint)
        .catch(() => undefined)
        .then(() => this.#send({ type: 'closed', endpoint }));
      return;
    }
    const leg = this.#legs.get(endpoint)?.leg;
    if (leg === undefined) return;
    try {
      if (message.type === 'bridge') {
        const [other] = this.#present([message.other]);
        if (other !== undefined) leg.bridge(other);
      } else if (message.type === 'hear') leg.hear?.(this.#present(message.others));
      else leg.command(message);
    } catch (thrown) {
      this.fail(endpoint, thrown);
    }
  }

  #present(endpoints: readonly EndpointKey[]): readonly Leg[] {
    return endpoints.flatMap((endpoint) => this.#legs.get(endpoint)?.leg ?? []);
  }

  fail(endpoint: EndpointKey, thrown: unknown): void {
    const where = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    this.#send({ type: 'trouble', code: systemCode(thrown) ?? 'INTERNAL', where });
    void this.#close(endpoint)
      .catch(() => undefined)
      .then(() => this.#send({ type: 'event', endpoint, event: { type: 'failed', code: 'INTERNAL' } }));
  }

  async closeAll(): Promise<void> {
    await Promise.allSettled([...this.#opening.keys(), ...this.#legs.keys()].map((endpoint) => this.#close(endpoint)));
  }

  async #close(endpoint: EndpointKey): Promise<void> {
    await this.#opening.get(endpoint); // its opening may have been given up before it was ready
    const open = this.#legs.get(endpoint);
    if (open === undefined) return;
    this.#legs.delete(endpoint);
    open.leave();
    await open.leg.close().finally(() => add(open.leg.counts, this.#past));
  }
}

function add(counts: LegCounts, to: Sums): void {
  for (const name of Object.keys(to) as (keyof LegCounts)[]) to[name] += counts[name];
}
