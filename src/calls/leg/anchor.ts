import { asError, type ErrorCode, IvrError } from '../../domain/error.ts';
import { type Milliseconds, type MonotonicMs, ms } from '../../domain/units.ts';
import type { Endpoint, EndpointEvent, EndpointOptions } from '../../media/media-server.ts';
import type { Dialog } from '../../signalling/signalling.ts';
import type { CallServices } from '../call-services.ts';
import { untilAborted } from '../until-aborted.ts';
import { reAnchor } from './re-anchor.ts';

/** Failures of a place, not of the leg: the leg can go on elsewhere. */
const OF_THE_PLACE: ReadonlySet<string> = new Set<ErrorCode>(['MEDIA_WORKER_LOST', 'MEDIA_SERVER_LOST']);
/** A leg that has outlived this many places may be what kills them. */
const MOST_MOVES = 3;

export type LegMove =
  /** Its media is gone, what was playing with it; other media is being sought, and nothing said now is heard. */
  | { readonly type: 'lost' }
  /** It has other media. `because`: what it lost. */
  | { readonly type: 'moved'; readonly because: string; readonly after: Milliseconds };

export type AnchorServices = Pick<CallServices, 'media' | 'clock' | 'logger'>;

export interface AnchorOptions {
  readonly media: Omit<EndpointOptions, 'near'>;
  /** The anchor of the leg beside which this one's media has to be. */
  readonly near: { anchored(): Promise<Endpoint> } | undefined;
  /** Aborts when the leg is closed, has failed, or the call is over. */
  readonly over: AbortSignal;
  /** Resolves when far ends can be told of other media. */
  readonly dialog: Promise<Dialog>;
}

export interface AnchorUser {
  /** What the present endpoint reports; nothing of one that was left. */
  onEvent(event: EndpointEvent): void;
  onMove(move: LegMove): void;
  /** Tells a new endpoint what the old one was told, before anything can be heard there. */
  prepare(endpoint: Endpoint): void;
  onFailed(error: IvrError, code: string): void;
}

/** Beside whatever the other leg's media is by now. @throws what `createEndpoint` throws */
export async function endpointFor(
  near: AnchorOptions['near'],
  asked: EndpointOptions,
  { media }: AnchorServices,
  signal: AbortSignal,
): Promise<Endpoint> {
  return media.createEndpoint(near === undefined ? asked : { ...asked, near: await near.anchored() }, signal);
}

/** The place of a leg's media: an endpoint, and another one when its media worker or media server dies. */
export class Anchor {
  readonly #options: AnchorOptions;
  readonly #services: AnchorServices;
  readonly #user: AnchorUser;
  /** Places that it has left, until they are closed. */
  readonly #left = new Set<Promise<void>>();
  #endpoint: Endpoint;
  /** Never rejects. */
  #moving: Promise<void> | undefined;
  /** The place that it has just found is gone as well. */
  #dead: ErrorCode | undefined;
  #died: (code: ErrorCode) => void = () => undefined;
  #moves = 0;
  #failed: IvrError | undefined;

  constructor(endpoint: Endpoint, options: AnchorOptions, services: AnchorServices, user: AnchorUser) {
    this.#options = options;
    this.#services = services;
    this.#user = user;
    this.#endpoint = endpoint;
    this.#watch(endpoint);
  }

  /** The present one, or the last one while there is none. */
  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  /** There is no media at present. */
  get lost(): boolean {
    return this.#moving !== undefined;
  }

  /** Resolves with the endpoint as soon as there is one. @throws IvrError when it has failed, CANCELLED when it is closed */
  async anchored(): Promise<Endpoint> {
    while (this.#moving !== undefined) await this.#moving;
    if (this.#failed !== undefined) throw this.#failed;
    if (this.#options.over.aborted) throw new IvrError('CANCELLED', 'the leg is closed');
    return this.#endpoint;
  }

  /** Leaves the present endpoint and looks for another one. */
  lose(because: string): void {
    this.#moves += 1;
    if (this.#moves > MOST_MOVES)
      return this.#fail(new IvrError(codeOf(because), 'it loses its media again and again'));
    this.#moving = this.#move(because, this.#services.clock.now());
    this.#user.onMove({ type: 'lost' });
  }

  /** When `over` has aborted. */
  async close(): Promise<void> {
    await Promise.all([this.#endpoint.close(), this.#moving]);
    await Promise.all(this.#left);
  }

  #watch(endpoint: Endpoint): void {
    endpoint.onEvent((event) => {
      if (endpoint !== this.#endpoint) return; // the last words of a place that it has left
      if (event.type !== 'failed') this.#user.onEvent(event);
      else if (this.#options.over.aborted) return;
      else if (!OF_THE_PLACE.has(event.code)) this.#fail(new IvrError('INTERNAL', event.code), event.code);
      else if (this.lost) this.#diedAgain(codeOf(event.code));
      else this.lose(event.code);
    });
  }

  #diedAgain(code: ErrorCode): void {
    this.#dead = code;
    this.#died(code);
  }

  async #move(because: string, lostAt: MonotonicMs): Promise<void> {
    const { clock, logger } = this.#services;
    const { near, over, dialog } = this.#options;
    const { contact, leg } = this.#options.media;
    try {
      this.#leave(this.#endpoint);
      const standing = await untilAborted(dialog, over);
      if (near !== undefined) await untilAborted(near.anchored(), over);
      logger.warn({ contact, leg, because }, 'a leg lost its media and is being moved');
      await reAnchor(
        { create: (stop) => this.#create(stop), adopt: (...one) => this.#adopt(...one) },
        standing,
        clock,
        over,
      );
      this.#moving = undefined;
      if (this.#dead !== undefined) return this.lose(this.#dead);
      this.#user.onMove({ type: 'moved', because, after: ms(clock.now() - lostAt) });
    } catch (thrown) {
      this.#moving = undefined;
      if (over.aborted) return;
      logger.error({ contact, leg, because }, 'no other media worker was available for a leg', asError(thrown));
      this.#fail(
        thrown instanceof IvrError ? thrown : new IvrError('INTERNAL', 'no other media is available', {}, thrown),
        because,
      );
    }
  }

  #create(signal: AbortSignal): Promise<Endpoint> {
    // there is a dialog by now, and so there is consent
    const { remoteSdp: _, awaitConsent: __, ...offering } = this.#options.media;
    // what was encrypted stays so, and a browser is one
    const { srtp, overWebrtc } = this.#endpoint;
    const asked = { ...offering, overWebrtc, ...(srtp === undefined ? {} : { encrypted: true }) };
    return endpointFor(this.#options.near, asked, this.#services, signal);
  }

  #adopt(endpoint: Endpoint, died: (code: ErrorCode) => void): void {
    this.#leave(this.#endpoint);
    this.#endpoint = endpoint;
    this.#dead = undefined;
    this.#died = died;
    this.#user.prepare(endpoint);
    this.#watch(endpoint);
  }

  #leave(endpoint: Endpoint): void {
    const { logger } = this.#services;
    const closing: Promise<void> = endpoint
      .close()
      .catch((thrown: unknown) =>
        logger.warn({ leg: this.#options.media.leg }, 'lost media could not be closed', asError(thrown)),
      )
      .finally(() => this.#left.delete(closing));
    this.#left.add(closing);
  }

  #fail(error: IvrError, code: string = error.code): void {
    this.#failed = error;
    this.#user.onFailed(error, code);
  }
}

const codeOf = (code: string): ErrorCode => (code === 'MEDIA_SERVER_LOST' ? code : 'MEDIA_WORKER_LOST');
