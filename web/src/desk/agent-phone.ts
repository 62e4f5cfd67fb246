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
  /** It gives no sound at all. */
  readonly dead: boolean;
  /** It gave none, and does again. */
  readonly heardAgain: boolean;
  readonly muted: boolean;
  readonly quality: LineQuality | undefined;
}
const OFF: PhoneState = {
  phase: 'off',
  microphone: 'none',
  stream: undefined,
  dead: false,
  heardAgain: false,
  muted: false,
  quality: undefined,
};

const QUALITY_MS = 2_000;
/** That it is heard again is told for so long. */
const TOLD_MS = 15_000;
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
  /** Counts how often it was stopped: what was begun before opens nothing any more. */
  #stops = 0;
  #measuring: ReturnType<typeof setInterval> | undefined;
  #telling: ReturnType<typeof setTimeout> | undefined;

  /** @param onGone - the line has ended, and the telephone is ready for another */
  constructor(onGone: () => void) {
    this.#onGone = onGone;
  }

  get state(): PhoneState {
    return this.#state;
  }

  /** It was not started, was stopped, or got no credentials: nothing of it tries again by itself. */
  get idle(): boolean {
    return this.#telephone === undefined;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Resolves when it can be called, or the state says why not. */
  start(): Promise<void> {
    const { microphone, stream } = this.#state;
    // it went with the last call, and there may be one again
    if (this.#telephone !== undefined && microphone === 'gone' && stream === undefined) {
      this.#change({ microphone: 'none' });
      this.#starting = this.#renewMicrophone();
    }
    const stops = this.#stops;
    this.#starting ??= this.#start(() => stops !== this.#stops).finally(() => {
      if (stops === this.#stops && this.#telephone === undefined) this.#starting = undefined;
    });
    return this.#starting;
  }

  stop(): void {
    this.#stops += 1;
    clearInterval(this.#measuring);
    clearTimeout(this.#telling);
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

  readonly tellDead = (dead: boolean): void => {
    if (dead === this.#state.dead) return;
    this.#change({ dead, heardAgain: !dead });
    clearTimeout(this.#telling);
    if (!dead) this.#telling = setTimeout(() => this.#change({ heardAgain: false }), TOLD_MS);
  };

  readonly press = (key: string): void => this.#call?.press(key);

  get microphone(): string {
    return localStorage.getItem(KEPT_MICROPHONE) ?? '';
  }

  get loudspeaker(): string {
    return localStorage.getItem(KEPT_LOUDSPEAKER) ?? '';
  }

  async chooseMicrophone(device: string): Promise<void> {
    localStorage.setItem(KEPT_MICROPHONE, device);
    const stops = this.#stops;
    const stream = await newMicrophone(device);
    if (stops !== this.#stops) return stopTracks(stream);
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

  async #start(stopped: () => boolean): Promise<void> {
    this.#change({ ...OFF, phase: 'starting' });
    let stream: MediaStream;
    try {
      stream = await this.#again();
      if (stopped()) return stopTracks(stream);
      this.#change({ stream, microphone: 'open' });
    } catch (thrown) {
      if (stopped()) return;
      const denied = thrown instanceof DOMException && thrown.name === 'NotAllowedError';
      return this.#change({ phase: 'off', microphone: denied ? 'denied' : 'missing' });
    }
    const telephone = new Telephone({
      credentials: () => call<BrowserTelephone>('POST', '/api/staff/telephone'),
      register: true,
      onState: (state) => {
        if (this.#telephone !== telephone) return;
        if (state === 'lost' || state === 'refused') this.#change({ phase: 'lost' });
        if (state === 'ready' && this.#call === undefined) this.#change({ phase: 'waiting' });
      },
      onIncoming: (incoming) => this.#answer(incoming),
    });
    this.#telephone = telephone;
    try {
      await telephone.start();
      await telephone.registered();
    } catch {
      if (stopped()) return;
      // without credentials there is nothing that would try again by itself: whoever starts it next begins anew
      telephone.stop();
      stopTracks(stream);
      this.#telephone = undefined;
      this.#change({ phase: 'lost', stream: undefined });
    }
  }

  /** The agent has signed in to be called. A leg that comes anew takes the place of the one before. */
  #answer(incoming: TelephoneCall): void {
    const { stream: kept } = this.#state;
    if (kept === undefined || incoming.header(STANDING) === undefined) return incoming.hangUp();
    const before = this.#call;
    // the one before stops its microphone when it ends
    const stream = before === undefined ? kept : heardCopy(kept);
    this.#call = incoming;
    this.#change({ stream });
    incoming.onChange(({ phase, muted, deaf }) => {
      if (this.#call !== incoming) return;
      if (phase === 'ended') {
        clearInterval(this.#measuring);
        this.#call = undefined;
        // its microphone stopped with it: nothing is answered with that one
        this.#change({ phase: 'waiting', stream: undefined, microphone: 'none', quality: undefined, muted: false });
        this.#starting = this.#renewMicrophone();
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

  /** For the next call. */
  async #renewMicrophone(): Promise<void> {
    const stops = this.#stops;
    const stream = await this.#again().catch(() => undefined);
    if (stops !== this.#stops) {
      if (stream !== undefined) stopTracks(stream);
      return;
    }
    if (stream === undefined) return this.#change({ microphone: 'gone' });
    this.#change({ stream, microphone: 'open' });
    this.#onGone();
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

/** Stops by itself, and is heard whatever was muted before. */
function heardCopy(stream: MediaStream): MediaStream {
  const copy = stream.clone();
  for (const track of copy.getAudioTracks()) track.enabled = true;
  return copy;
}
