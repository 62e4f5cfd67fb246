import { asError, IvrError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Logger } from '../../lib/logger.ts';
import type { GatewayLeg, WebrtcGateway } from '../webrtc-gateway.ts';
import { GatewayChild } from './gateway-child.ts';
import { LegInGateway } from './gateway-leg.ts';
import type { GatewayProcessOptions } from './gateway-messages.ts';

export interface WebrtcGatewayOptions extends GatewayProcessOptions {
  /** What browsers are told instead of `host`. */
  readonly advertise?: string;
  /** Calls of browsers at the same time. */
  readonly most: number;
  readonly clock?: Clock;
}

const WILDCARDS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
/** A process that lived so long was well: the next is started without delay. */
const STABLE_MS = 30_000;
const BACKOFF_MS = { first: 100, most: 10_000 };

/**
 * The WebRTC gateway: a process of its own, started when the first browser comes, and another one when it dies. The legs of
 * one that died have failed; the calls offer their browsers other media then, which is the next process.
 */
export class ProcessGateway implements WebrtcGateway {
  readonly #options: WebrtcGatewayOptions;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #legs = new Map<number, LegInGateway>();
  /** Legs that the process is asked for. */
  #opening = 0;
  #child: GatewayChild | undefined;
  /** Never rejects. */
  #starting: Promise<void> | undefined;
  #nextLeg = 1;
  #failures = 0;
  /** What waits for the next start goes on at once. */
  #startNow: () => void = () => undefined;
  #closed = false;

  constructor(options: WebrtcGatewayOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#clock = options.clock ?? systemClock;
  }

  get legs(): number {
    return this.#legs.size;
  }

  /** Of the process that takes legs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** A browser may call soon: what takes a moment is begun. */
  warm(): void {
    if (this.#child === undefined && this.#starting === undefined) this.#startAgain();
  }

  async #start(): Promise<void> {
    if (this.#closed) return;
    const startedAt = this.#clock.now();
    const { host, portMin, portMax, iceServers } = this.#options;
    const child = new GatewayChild({ host, portMin, portMax, iceServers }, this.#clock, {
      onLeg: (leg, what) => {
        if (what === 'connected') this.#legs.get(leg)?.connected();
        else this.#legs.get(leg)?.ended();
      },
      onLost: (error) => {
        if (this.#clock.now() - startedAt >= STABLE_MS) this.#failures = 0;
        this.#onLost(error);
      },
    });
    this.#child = child;
    try {
      await child.started();
    } catch (thrown) {
      this.#child = undefined;
      throw thrown;
    }
    this.#starting = undefined;
  }

  async open(media: { readonly host: string; readonly port: number }): Promise<GatewayLeg> {
    this.warm();
    await this.#starting;
    const child = this.#child;
    if (child === undefined) throw new IvrError('MEDIA_WORKER_LOST', 'the WebRTC gateway is not up');
    if (this.#legs.size + this.#opening >= this.#options.most)
      throw new IvrError('OVERLOADED', `${this.#options.most} calls of browsers are in progress (webrtc.calls)`);
    const host = WILDCARDS[media.host] ?? media.host;
    const leg = this.#nextLeg++;
    this.#opening += 1;
    try {
      const port = await portOf(child, leg, { host, port: media.port });
      const opened = new LegInGateway({
        child,
        leg,
        relay: { host, port },
        advertise: this.#options.advertise,
        clock: this.#clock,
        onClosed: () => this.#legs.delete(leg),
      });
      this.#legs.set(leg, opened);
      if (!child.alive) opened.fail('MEDIA_WORKER_LOST');
      return opened;
    } finally {
      this.#opening -= 1;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#startNow();
    const child = this.#child;
    this.#child = undefined;
    await child?.stop();
    await this.#starting;
  }

  #onLost(error: IvrError): void {
    if (this.#starting !== undefined) return; // it did not start, and is tried again
    this.#child = undefined;
    this.#logger.error({ legs: this.#legs.size }, 'the WebRTC gateway is lost and is being replaced', error);
    this.#startAgain();
    for (const leg of this.#legs.values()) leg.fail('MEDIA_WORKER_LOST');
  }

  #startAgain(): void {
    if (this.#closed) return;
    const attempt = ++this.#failures;
    const delay = attempt === 1 ? 0 : Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** (attempt - 2));
    const waited = deferred<void>();
    const cancel = this.#clock.after(ms(delay), waited.resolve);
    this.#startNow = () => {
      cancel();
      waited.resolve();
    };
    this.#starting = waited.promise
      .then(() => this.#start())
      .catch((thrown: unknown) => {
        if (this.#closed) return;
        this.#logger.error({ attempt }, 'the WebRTC gateway could not be started', asError(thrown));
        this.#startAgain();
      });
  }
}

/** Opens a leg in the process; one that does not open in time is closed when it does. @returns the port of its relay */
async function portOf(
  child: GatewayChild,
  leg: number,
  media: { readonly host: string; readonly port: number },
): Promise<number> {
  try {
    const { port = 0 } = await child.ask({ type: 'open', leg, ...media });
    return port;
  } catch (thrown) {
    if (child.alive) child.ask({ type: 'close', leg }).catch(() => undefined); // never opened, or gone with the process
    throw thrown;
  }
}
