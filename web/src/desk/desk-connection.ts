import type { AgentDevice, DeskEvent } from '../../../src/agents/agent-desk.ts';
import { ApiError, call } from '../app/api.ts';
import { AgentPhone } from './agent-phone.ts';
import { type DeskView, type Ended, FIRST_VIEW, step, type ViewEvent } from './desk-view.ts';

/** All that the server tells: none is left out. */
const EVENTS = Object.keys({
  state: true,
  offer: true,
  'offer-ended': true,
  talk: true,
  line: true,
  'talk-ended': true,
  callbacks: true,
  quality: true,
  message: true,
} satisfies Record<DeskEvent['type'], true>);
const AGAIN_MS = [250, 500, 1_000, 2_000, 4_000] as const;
const COME_BACK_MS = 2_000;
const KEPT_WINDOW = 'tellerline-desk-window';
const KEPT_ENDED = 'tellerline-desk-ended';

/** Of this window, also after a reload; a copy of the tab takes it over, and the former one is told. */
function windowId(): string {
  const kept = sessionStorage.getItem(KEPT_WINDOW) ?? newId();
  sessionStorage.setItem(KEPT_WINDOW, kept);
  return kept;
}

/** `crypto.randomUUID` is there on secure ways alone. */
function newId(): string {
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The agent's one desk of this window: what the server tells, what is asked of it, and the telephone. It lives on while other pages are looked at. */
export class DeskConnection {
  readonly phone = new AgentPhone(() => this.#comeBack());
  readonly #window = windowId();
  readonly #listeners = new Set<() => void>();
  #view: DeskView = { ...FIRST_VIEW, ended: keptEnded() };
  #source: EventSource | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #closed = false;
  #signingIn = false;
  #coming: ReturnType<typeof setTimeout> | undefined;
  /** No sign of life was given because nothing was heard of the microphone; the queues to come back to, should they have let the agent go meanwhile. */
  #unheardOn: readonly string[] | undefined;
  /** The agent leaves the queues, and is not brought back. */
  #leaving = false;

  constructor() {
    addEventListener('pagehide', this.close);
    this.#open(false);
  }

  get view(): DeskView {
    return this.#view;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** @throws ApiError by name, when it does not fit what is */
  readonly send = <T>(command: string, body: unknown = {}): Promise<T> => {
    if (command === 'sign-out') {
      this.#leaving = true;
      this.#unheardOn = undefined;
    }
    return call<T>('POST', `/api/staff/desk/${command}?window=${this.#window}`, body);
  };

  /** The browser's telephone is there before the queues know of the agent: it is called at once. */
  readonly signIn = async (device: AgentDevice, queues: readonly string[]): Promise<void> => {
    this.#signingIn = true;
    try {
      if (device === 'browser') {
        await this.phone.start();
        if (this.phone.state.microphone !== 'open') return;
      }
      await this.send('sign-in', { device, queues });
      // without credentials it could not be called: what was told meanwhile asked in vain
      if (device === 'browser' && this.phone.idle) this.#comeBackLater();
    } catch (thrown) {
      // whoever is not signed in needs no microphone
      if (this.#view.desk?.state === 'signed-out') this.phone.stop();
      throw thrown;
    } finally {
      this.#signingIn = false;
    }
  };

  /** The desk is used here from now on. */
  readonly takeOver = (): void => this.#open(true);

  readonly read = (at: number): void => this.#step({ type: 'message-read', at });

  readonly close = (): void => {
    this.#closed = true;
    removeEventListener('pagehide', this.close);
    clearTimeout(this.#again);
    clearTimeout(this.#coming);
    this.#source?.close();
    this.phone.stop();
  };

  #open(take: boolean): void {
    clearTimeout(this.#again);
    this.#source?.close();
    const source = new EventSource(`/api/staff/desk/events?window=${this.#window}${take ? '&take=true' : ''}`);
    this.#source = source;
    source.addEventListener('open', () => {
      this.#failures = 0;
    });
    let told = false;
    for (const type of EVENTS)
      source.addEventListener(type, ({ data }: MessageEvent<string>) => {
        if (!told) this.#step({ type: 'opened' });
        told = true;
        this.#step(JSON.parse(data) as DeskEvent);
      });
    source.addEventListener('beat', ({ data }: MessageEvent<string>) => void this.#live(data));
    source.addEventListener('elsewhere', () => {
      source.close();
      this.phone.stop();
      this.#step({ type: 'way', way: 'elsewhere' });
    });
    source.addEventListener('error', () => {
      source.close();
      if (this.#source === source && !this.#closed && this.#view.way !== 'elsewhere') void this.#failed();
    });
  }

  async #failed(): Promise<void> {
    this.#step({ type: 'way', way: 'lost' });
    const refused = await call('GET', '/api/staff/desk/setup').then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (this.#closed) return;
    if (refused instanceof ApiError && refused.code === 'AGENT_UNKNOWN')
      return this.#step({ type: 'way', way: 'no-agent' });
    const after = AGAIN_MS[Math.min(this.#failures, AGAIN_MS.length - 1)];
    this.#failures += 1;
    this.#again = setTimeout(() => this.#open(false), after);
  }

  /** A telephone that cannot hear the agent is no desk: without the sign of life nothing is offered to it. */
  async #live(data: string): Promise<void> {
    const { desk, talk } = this.#view;
    const { microphone, dead } = this.phone.state;
    // on a break, or in the wrap-up, nothing is offered anyway: a headset that is switched off then signs nobody out
    const awaited = desk?.state === 'available' || desk?.state === 'offered';
    const unheard = microphone === 'gone' || (dead && awaited);
    if (desk?.device === 'browser' && talk === undefined && unheard && !this.#leaving) {
      this.#unheardOn = Object.keys(desk.queues);
      return;
    }
    const { nonce } = JSON.parse(data) as { readonly nonce: string };
    await call('POST', '/api/staff/desk/beat', { window: this.#window, nonce }).catch(() => undefined);
  }

  /** After a reload, or when the line has ended by itself: the queues still know the agent, whose browser they call anew. */
  #comeBack(): void {
    const { desk, way } = this.#view;
    const { phase } = this.phone.state;
    if (this.#closed || this.#signingIn || this.#coming !== undefined || way !== 'open') return;
    if (desk?.device !== 'browser' || desk.state === 'signed-out' || phase === 'up' || phase === 'starting') return;
    void this.signIn('browser', Object.keys(desk.queues)).catch(() => this.#comeBackLater());
  }

  #comeBackLater(): void {
    clearTimeout(this.#coming);
    this.#coming = setTimeout(() => {
      this.#coming = undefined;
      this.#comeBack();
    }, COME_BACK_MS);
  }

  #step(event: ViewEvent): void {
    this.#view = step(this.#view, event);
    const { ended, desk } = this.#view;
    if (ended === undefined) sessionStorage.removeItem(KEPT_ENDED);
    else sessionStorage.setItem(KEPT_ENDED, JSON.stringify({ contact: ended.contact, queue: ended.queue }));
    if (event.type === 'state') this.#comeBack();
    const unheardOn = this.#unheardOn;
    if (event.type === 'state') {
      this.#unheardOn = undefined;
      this.#leaving = false;
    }
    if (event.type === 'state' && desk?.state === 'signed-out') {
      // the queues have let the agent go because nothing was heard, and the microphone has come back
      if (unheardOn !== undefined && this.phone.state.heardAgain)
        void this.send('sign-in', { device: 'browser', queues: unheardOn }).catch(() => this.phone.stop());
      else this.phone.stop();
    }
    for (const listener of this.#listeners) listener();
  }
}

/** To be wrapped up after a reload: without what was said, which no storage of a browser keeps. */
function keptEnded(): Ended | undefined {
  const kept = sessionStorage.getItem(KEPT_ENDED);
  if (kept === null) return undefined;
  const { contact, queue } = JSON.parse(kept) as Pick<Ended, 'contact' | 'queue'>;
  return { contact, queue, because: undefined, talk: undefined };
}
