import { randomBytes } from 'node:crypto';
import { asError, IvrError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import { within } from '../../lib/deadline.ts';
import { type Deferred, deferred } from '../../lib/deferred.ts';
import type { Logger } from '../../lib/logger.ts';
import type { EndpointLeg } from '../engine/worker-endpoint.ts';
import { formatForkMetadata } from './fork-metadata.ts';
import type { LegChannel } from './leg-channel.ts';

const CONNECT_LIMIT = ms(2_000);
const ATTEMPTS = 2;
/** Forks that break more often than this in a minute will not hold. */
const MOST_BREAKS = 5;
const MINUTE = 60_000;

export interface ForkSurroundings {
  /** Where FreeSWITCH's WebSocket for that token comes to. */
  readonly forkUrl: (token: string) => string;
  /** Set on a channel before its fork starts: what FreeSWITCH shows when it connects. */
  readonly variables: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onReattached: () => void;
}

/** The fork between a leg's channel on FreeSWITCH and its media worker: started, started again when it breaks, given up. */
export class ForkAttachment {
  readonly #leg: EndpointLeg;
  readonly #channel: () => LegChannel;
  readonly #around: ForkSurroundings;
  /** 'none': it works without, so far. */
  #state: 'none' | 'starting' | 'up' = 'none';
  #connected: Deferred<void> | undefined;
  readonly #breaks: number[] = [];

  /** @param channel - the leg's at present */
  constructor(leg: EndpointLeg, channel: () => LegChannel, around: ForkSurroundings) {
    this.#leg = leg;
    this.#channel = channel;
    this.#around = around;
  }

  /**
   * Starts the fork; what is played meanwhile waits in the media worker.
   *
   * @throws IvrError MEDIA_SERVER_LOST when FreeSWITCH does not connect, CANCELLED
   */
  async attach(signal?: AbortSignal): Promise<void> {
    this.#state = 'starting';
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#attachOnce(signal);
        this.#state = 'up';
        return;
      } catch (thrown) {
        if (signal?.aborted === true || this.#leg.over || this.#channel().gone) throw thrown;
        await this.#channel()
          .stopFork()
          .catch(() => undefined);
        if (attempt >= ATTEMPTS || this.#leg.over) throw thrown;
        this.#around.logger.warn(
          { leg: this.#leg.leg, because: asError(thrown).message },
          'an audio fork did not connect; trying once more',
        );
      }
    }
  }

  /** A leg without one needs it now. */
  attachLate(): void {
    if (this.#state !== 'none') return;
    this.attach().catch((thrown: unknown) => this.#lose('a fork did not connect', thrown));
  }

  /** The media worker has it, or has it no more. */
  take(state: 'connected' | 'lost'): void {
    if (state === 'connected') this.#connected?.resolve();
    else if (this.#state === 'starting')
      this.#connected?.reject(new IvrError('MEDIA_SERVER_LOST', 'the audio fork broke immediately'));
    else if (this.#state === 'up' && !this.#leg.over) void this.#reattach();
  }

  /** It will not connect any more. */
  refuse(error: IvrError): void {
    this.#connected?.reject(error);
  }

  async #attachOnce(signal: AbortSignal | undefined): Promise<void> {
    const { forkUrl, variables } = this.#around;
    const token = randomBytes(24).toString('base64url');
    const connected = deferred<void>();
    connected.promise.catch(() => undefined);
    this.#connected = connected;
    this.#leg.post({ type: 'expect-fork', token });
    // one packet: FreeSWITCH runs one event socket's commands in their order
    const variablesSet = this.#channel().setVariables(variables);
    variablesSet.catch(() => undefined);
    await this.#channel().startFork({ url: forkUrl(token), metadata: formatForkMetadata(this.#leg.key) });
    await variablesSet;
    await within(connected.promise, CONNECT_LIMIT, 'the WebSocket of a fork', signal);
  }

  /** The WebSocket broke while the channel lives: another one, and the media worker marks the gap. */
  async #reattach(): Promise<void> {
    const { clock, logger, onReattached } = this.#around;
    const now = clock.now();
    this.#breaks.push(now);
    while ((this.#breaks[0] ?? now) < now - MINUTE) this.#breaks.shift();
    try {
      await this.#channel()
        .stopFork()
        .catch(() => undefined);
      if (this.#leg.over || this.#channel().gone) return;
      if (this.#breaks.length > MOST_BREAKS) throw new IvrError('MEDIA_SERVER_LOST', 'its audio fork keeps breaking');
      await this.attach();
      logger.warn({ leg: this.#leg.leg }, 'an audio fork broke and was reconnected');
      onReattached();
    } catch (thrown) {
      this.#lose('an audio fork broke', thrown);
    }
  }

  #lose(what: string, thrown: unknown): void {
    if (this.#leg.over) return;
    this.#around.logger.error({ leg: this.#leg.leg }, what, asError(thrown));
    this.#leg.fail('MEDIA_SERVER_LOST');
  }
}
