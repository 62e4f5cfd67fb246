import type { BrowserTelephone } from '../../../src/http/browser/telephones.ts';
import { call } from '../app/api.ts';
import { newMicrophone, stopTracks } from '../telephone/microphone.ts';
import { Telephone } from '../telephone/telephone.ts';
import type { TelephoneCall } from '../telephone/telephone-call.ts';
import { type LineQuality, qualityOf } from './line-quality.ts';

export interface PhoneState {
  readonly phase: 'off' | 'starting' | 'waiting' | 'up' | 'lost';
  /** `denied`, `missing`: none was given. `gone`: it was pulled out, and there is no other. */
  readonly microphone: 'none' | 'denied' | 'missing' | 'open' | 'gone';
  readonly stream: MediaStream | undefined;
  readonly muted: boolean;
  readonly quality: LineQuality | undefined;
}
const OFF: PhoneState = { phase: 'off', microphone: 'none', stream: undefined, muted: false, quality: undefined };

const QUALITY_MS = 2_000;
const READY_MS = 10_000;
/** Of the call that the server keeps an agent in. No other is answered without anybody's doing. */
const STANDING = 'X-Agent-Line';
const KEPT_MICROPHONE = 'tellerline-microphone';
const KEPT_LOUDSPEAKER = 'tellerline-loudspeaker';

/** The agent's telephone in the page: its leg is up before anything is offered, so that accepting only joins it. */
export class AgentPhone {
  #state = OFF;
  readonly #onGone: () => void;
  readonly #listeners = new Set<() => void>();
  #telephone: Telephone | undefined;
  #call: TelephoneCall | undefined;
  #starting: Promise<void> | undefined;
  #measuring: ReturnType<typeof setInterval> | undefined;

  /** @param onGone - the line has ended, and the telephone is ready for another */
  constructor(onGone: () => void) {
    this.#onGone = onGone;
  }

  get state(): PhoneState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Resolves when it can be called, or the state says why not. */
  start(): Promise<void> {
    this.#starting ??= this.#start().finally(() => {
      if (this.#telephone === undefined) this.#starting = undefined;
    });
    return this.#starting;
  }

  stop(): void {
    clearInterval(this.#measuring);
    this.#telephone?.stop();
    if (this.#state.stream !== undefined) stopTracks(this.#state.stream);
    this.#telephone = undefined;
    this.#call = undefined;
    this.#starting = undefined;
    this.#change(OFF);
  }

  mute(muted: boolean): void {
    this.#call?.mute(muted);
    this.#change({ muted });
  }

  readonly press = (key: string): void => this.#call?.press(key);

  get microphone(): string {
    return localStorage.getItem(KEPT_MICROPHONE) ?? '';
  }

  get loudspeaker(): string {
    return localStorage.getItem(KEPT_LOUDSPEAKER) ?? '';
  }

  async chooseMicrophone(device: string): Promise<void> {
    localStorage.setItem(KEPT_MICROPHONE, device);
    const stream = await newMicrophone(device);
    if (this.#call === undefined) {
      if (this.#state.stream !== undefined) stopTracks(this.#state.stream);
    } else await this.#call.changeMicrophone(stream, this.#again);
    this.#change({ stream, microphone: 'open' });
  }

  async chooseLoudspeaker(device: string): Promise<void> {
    localStorage.setItem(KEPT_LOUDSPEAKER, device);
    await this.#call?.useLoudspeaker(device);
  }

  readonly #again = (): Promise<MediaStream> => newMicrophone(this.microphone);

  async #start(): Promise<void> {
    this.#change({ ...OFF, phase: 'starting' });
    try {
      const stream = await this.#again();
      this.#change({ stream, microphone: 'open' });
    } catch (thrown) {
      const denied = thrown instanceof DOMException && thrown.name === 'NotAllowedError';
      return this.#change({ phase: 'off', microphone: denied ? 'denied' : 'missing' });
    }
    let registered: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => {
      registered = resolve;
    });
    const telephone = new Telephone({
      credentials: () => call<BrowserTelephone>('POST', '/api/staff/telephone'),
      register: true,
      onState: (state) => {
        if (this.#telephone !== telephone) return;
        if (state === 'lost' || state === 'refused') this.#change({ phase: 'lost' });
        if (state !== 'ready') return;
        registered();
        if (this.#call === undefined) this.#change({ phase: 'waiting' });
      },
      onIncoming: (incoming) => this.#answer(incoming),
    });
    this.#telephone = telephone;
    try {
      await telephone.start();
      await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, READY_MS))]);
    } catch {
      this.#change({ phase: 'lost' }); // JsSIP tries again by itself
    }
  }

  /** The agent has signed in to be called. A leg that comes anew takes the place of the one before. */
  #answer(incoming: TelephoneCall): void {
    const { stream } = this.#state;
    if (stream === undefined || incoming.header(STANDING) === undefined) return incoming.hangUp();
    const before = this.#call;
    this.#call = incoming;
    incoming.onChange(({ phase, muted, deaf }) => {
      if (this.#call !== incoming) return;
      if (phase === 'ended') {
        clearInterval(this.#measuring);
        this.#call = undefined;
        // its microphone stopped with it
        void this.#again().then(
          (fresh) => {
            if (this.#telephone === undefined) return stopTracks(fresh);
            this.#change({ phase: 'waiting', stream: fresh, quality: undefined, muted: false });
            this.#onGone();
          },
          () => this.#change({ phase: 'waiting', microphone: 'gone', quality: undefined }),
        );
        return;
      }
      this.#change({ phase: phase === 'talking' ? 'up' : 'waiting', muted, microphone: deaf ? 'gone' : 'open' });
    });
    incoming.onMicrophone((fresh) => this.#change({ stream: fresh, microphone: 'open' }));
    incoming.answer(stream, this.#again);
    if (this.loudspeaker !== '') void incoming.useLoudspeaker(this.loudspeaker).catch(() => undefined);
    before?.hangUp();
    clearInterval(this.#measuring);
    this.#measuring = setInterval(() => void this.#measure(incoming), QUALITY_MS);
  }

  async #measure(of: TelephoneCall): Promise<void> {
    const report = await of.statistics();
    if (report !== undefined && this.#call === of) this.#change({ quality: qualityOf(report, this.#state.quality) });
  }

  #change(change: Partial<PhoneState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
