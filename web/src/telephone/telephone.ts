import type { UA } from 'jssip';
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent } from 'jssip/lib/UA.js';
import type { BrowserTelephone } from '../../../src/http/browser/telephones.ts';
import { deferred } from '../../../src/lib/deferred.ts';
import { TelephoneCall } from './telephone-call.ts';

export interface TelephoneOptions {
  /** Asks the server for credentials: at the start, and before those that there are expire. */
  readonly credentials: () => Promise<BrowserTelephone>;
  /** To be called by others, too. */
  readonly register: boolean;
  /** The way to the server, or the registration, has changed. */
  readonly onState: (state: TelephoneState) => void;
  /** Somebody calls. */
  readonly onIncoming?: (call: TelephoneCall) => void;
}

/** `lost`: the way to the server is being sought again. `refused`: the server does not know these credentials. */
export type TelephoneState = 'connecting' | 'ready' | 'lost' | 'refused' | 'stopped';

/** New credentials are fetched when this much of the time of the old ones is left. */
const RENEW_BEFORE = 1 / 3;
const AGAIN_MS = 5_000;
const REGISTER_SECONDS = 300;
const REGISTERED_MS = 10_000;

/** A telephone in the page: SIP over WebSocket to this server (RFC 7118), audio by WebRTC. What the pages of calls stand on. */
export class Telephone {
  readonly #options: TelephoneOptions;
  #ua: UA | undefined;
  #given: BrowserTelephone | undefined;
  #renewing: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  readonly #registered = deferred<true>();

  constructor(options: TelephoneOptions) {
    this.#options = options;
  }

  /** The address of the line. */
  get line(): string {
    return this.#given?.line ?? '';
  }

  /** Resolves when the way to the server is open. @throws what `credentials` throws; Error when it cannot be opened */
  async start(): Promise<void> {
    const [given, jssip] = await Promise.all([this.#options.credentials(), import('jssip')]);
    if (this.#stopped) return;
    this.#given = given;
    const url = new URL(given.socket, location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const ua = new jssip.UA({
      sockets: [new jssip.WebSocketInterface(url.href)],
      uri: given.uri,
      authorization_user: given.authorization_user,
      password: given.password,
      register: this.#options.register,
      register_expires: REGISTER_SECONDS,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
      user_agent: 'Tellerline',
    });
    this.#ua = ua;
    this.#options.onState('connecting');
    const opened = new Promise<void>((resolve, reject) => {
      ua.on('connected', () => resolve());
      ua.on('disconnected', () => reject(new Error('the server does not take SIP over WebSocket')));
    });
    ua.on('connected', () => this.#options.onState(this.#options.register ? 'connecting' : 'ready'));
    ua.on('disconnected', () => this.#options.onState(this.#stopped ? 'stopped' : 'lost'));
    ua.on('registered', () => {
      this.#options.onState('ready');
      this.#registered.resolve(true);
    });
    ua.on('registrationFailed', () => this.#options.onState('refused'));
    ua.on('newRTCSession', (event: IncomingRTCSessionEvent | OutgoingRTCSessionEvent) => {
      if (isRemote(event)) this.#options.onIncoming?.(this.#newCall(event));
    });
    this.#renewLater();
    ua.start();
    await opened;
  }

  /** Whether it can be called; false: the server has not registered it within 10 s, and may do so yet. */
  registered(): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), REGISTERED_MS);
    });
    return Promise.race([this.#registered.promise, late]).finally(() => clearTimeout(timer));
  }

  /**
   * Calls. The page has asked for the microphone before.
   *
   * @param microphone - what the far end is to hear
   */
  call(uri: string, microphone: MediaStream): TelephoneCall {
    const ua = this.#ua;
    if (ua === undefined) throw new Error('the telephone is not started');
    let call: TelephoneCall | undefined;
    const take = (event: IncomingRTCSessionEvent | OutgoingRTCSessionEvent): void => {
      call ??= this.#newCall(event);
    };
    ua.on('newRTCSession', take);
    ua.call(uri, {
      mediaStream: microphone,
      mediaConstraints: { audio: true, video: false },
      rtcOfferConstraints: { offerToReceiveAudio: true, offerToReceiveVideo: false },
      pcConfig: this.#pcConfig(),
    });
    ua.off('newRTCSession', take);
    if (call === undefined) throw new Error('the call could not be begun');
    call.useMicrophone(microphone);
    return call;
  }

  /** Hangs up and leaves; also when the page goes. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#renewing);
    this.#ua?.stop();
  }

  #newCall({ session, originator, request }: IncomingRTCSessionEvent | OutgoingRTCSessionEvent): TelephoneCall {
    return new TelephoneCall(session, isRemote({ originator }) ? 'incoming' : 'outgoing', request, this.#pcConfig());
  }

  #pcConfig(): RTCConfiguration {
    return { iceServers: [...(this.#given?.ice_servers ?? [])] };
  }

  #renewLater(): void {
    const left = (this.#given?.expires_at ?? 0) - Date.now();
    this.#renewing = setTimeout(() => void this.#renew(), Math.max(AGAIN_MS, left * (1 - RENEW_BEFORE)));
  }

  async #renew(): Promise<void> {
    try {
      const given = await this.#options.credentials();
      this.#given = given;
      this.#ua?.set('authorization_user', given.authorization_user);
      this.#ua?.set('password', given.password);
      // what is registered lasts no longer than the credentials that it was registered with
      if (this.#options.register) this.#ua?.register();
    } catch {
      // the session is over, or the server is away: the state tells when it matters
    }
    if (!this.#stopped) this.#renewLater();
  }
}

const isRemote = ({ originator }: { readonly originator: string }): boolean => originator === 'remote';
