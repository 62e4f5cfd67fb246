import type { MonitoringMode } from '../../../src/agents/supervision.ts';
import type { BrowserTelephone } from '../../../src/http/browser/telephones.ts';
import { call } from '../app/api.ts';
import { newMicrophone } from '../telephone/microphone.ts';
import { Telephone } from '../telephone/telephone.ts';
import type { TelephoneCall } from '../telephone/telephone-call.ts';

const PATH = '/api/staff/floor/monitoring';

/** A supervisor's telephone: this browser, or on a server that calls none the desk telephone. It sends silence while it only listens: no microphone is opened for that. */
export class MonitorPhone {
  readonly #inBrowser: boolean;
  readonly #listeners = new Set<() => void>();
  #telephone: Telephone | undefined;
  #call: TelephoneCall | undefined;
  #silence: AudioContext | undefined;
  #mode: MonitoringMode = 'listen';
  /** Of a desk telephone nobody tells the page more than that it was answered. */
  hearing: boolean;

  /** @param inBrowser - whether the server calls browsers */
  constructor(inBrowser: boolean) {
    this.#inBrowser = inBrowser;
    this.hearing = !inBrowser;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** @throws ApiError; DOMException NotAllowedError when a microphone is needed and refused */
  readonly begin = async (agent: string, mode: MonitoringMode, purpose: string, ticket: string): Promise<void> => {
    this.#mode = mode;
    if (this.#inBrowser) await this.#open();
    try {
      await call('POST', PATH, { agent, mode, purpose, ticket });
    } catch (thrown) {
      this.close();
      throw thrown;
    }
  };

  readonly change = async (mode: MonitoringMode): Promise<void> => {
    // speaking: the microphone is there before the server lets it be heard; listening: nobody hears it before it is closed
    if (mode !== 'listen') await this.#use(mode);
    await call('PUT', PATH, { mode });
    if (mode === 'listen') await this.#use(mode);
  };

  readonly stop = async (): Promise<void> => {
    await call('DELETE', PATH);
    this.close();
  };

  close(): void {
    this.#telephone?.stop();
    this.#telephone = undefined;
    this.#call = undefined;
    void this.#silence?.close();
    this.#silence = undefined;
    if (this.#inBrowser) this.#hears(false);
  }

  async #open(): Promise<void> {
    if (this.#telephone !== undefined) return;
    const telephone = new Telephone({
      credentials: () => call<BrowserTelephone>('POST', '/api/staff/telephone'),
      register: true,
      onState: () => undefined,
      onIncoming: (incoming) => void this.#answer(incoming),
    });
    this.#telephone = telephone;
    try {
      await telephone.start();
      if (!(await telephone.registered())) throw new Error('the telephone could not be registered');
    } catch (thrown) {
      this.close();
      throw thrown;
    }
  }

  async #answer(incoming: TelephoneCall): Promise<void> {
    this.#call = incoming;
    incoming.onChange(({ phase }) => {
      if (this.#call === incoming) this.#hears(phase === 'talking');
    });
    incoming.answer(await this.#sound(this.#mode), () => this.#sound(this.#mode));
  }

  async #use(mode: MonitoringMode): Promise<void> {
    const before = this.#mode;
    this.#mode = mode;
    if ((before === 'listen') === (mode === 'listen')) return;
    await this.#call?.changeMicrophone(await this.#sound(mode), () => this.#sound(this.#mode));
  }

  async #sound(mode: MonitoringMode): Promise<MediaStream> {
    if (mode !== 'listen') return await newMicrophone();
    this.#silence ??= new AudioContext();
    return this.#silence.createMediaStreamDestination().stream;
  }

  #hears(hearing: boolean): void {
    this.hearing = hearing;
    for (const listener of this.#listeners) listener();
  }
}
