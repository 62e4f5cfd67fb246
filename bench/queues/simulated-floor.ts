import { setTimeout as sleep } from 'node:timers/promises';
import type { ContactId } from '../../src/domain/ids.ts';
import type { QueueEvent } from '../../src/queues/queue-event.ts';
import type { QueueRow } from '../../src/queues/queue-fact.ts';
import type { KilledServer } from './killed-server.ts';
import { exponential } from './exponential.ts';

interface Caller {
  readonly customer: string;
  entry: string;
  queue: string;
  state: 'asking' | 'waiting' | 'talking' | 'callback' | 'gone';
  readonly needs: Extract<QueueEvent, { type: 'customer-asked' }>['needs'];
  /** They were called back: it is the bank's call. */
  called: boolean;
  /** Entries of which the server said that they were let in. */
  readonly letIn: string[];
}

export interface SimulationOptions {
  readonly agents: number;
  /** Mean of a conversation. */
  readonly handlingMs: number;
  readonly random: () => number;
}

/** Callers and agents with their moods, by the clock on the wall. They know what rows tell them, and that the line went dead. */
export class SimulatedFloor {
  calls = 0;
  doubleAnswers = 0;
  readonly #options: SimulationOptions;
  #server: KilledServer | undefined;
  /** Counts servers: what was to happen with one that is gone does not. */
  #life = 0;
  readonly #callers = new Set<Caller>();
  readonly #byEntry = new Map<string, Caller>();
  readonly #letIn = new Set<string>();
  /** Entries that the server has. */
  #open = new Set<string>();

  constructor(options: SimulationOptions) {
    this.#options = options;
  }

  connect(server: KilledServer): void {
    this.#server = server;
  }

  /** A server is up: the agents' desks find it again. */
  begin(entries: readonly string[]): void {
    this.#open = new Set(entries);
    // cut off in a conversation that the bank had called for: it is over
    for (const caller of this.#callers) if (caller.called && !this.#open.has(caller.entry)) this.#leaves(caller);
    const { agents } = this.#options;
    for (let n = 0; n < agents; n++)
      void this.#tell({
        type: 'agent-came',
        agent: `agent-${n}`,
        device: 'desk',
        queues: n % 3 === 0 ? { cards: 2, loans: 1 } : n % 3 === 1 ? { cards: 1 + (n % 2), loans: 2 } : { cards: 3 },
        skills: { tax: n % 3 },
        languages: n % 4 === 0 ? ['zh', 'en'] : ['zh'],
      });
  }

  /** The server is gone, and with it every call. Most who were cut off call again. */
  cut(): void {
    this.#life += 1;
    for (const caller of this.#callers) {
      if (caller.called || caller.state === 'gone') continue;
      const wants = caller.state === 'talking' ? 0.5 : 0.85;
      if (this.#options.random() < wants)
        this.#later(caller, exponential(this.#options.random, 800), () => this.#ask(caller), true);
      else this.#leaves(caller);
    }
  }

  async arrive(calls: number, everyMs: number): Promise<void> {
    const { random } = this.#options;
    let due = performance.now();
    for (let n = 0; n < calls; n++) {
      due += exponential(random, everyMs);
      await sleep(Math.max(0, due - performance.now()));
      const caller: Caller = {
        customer: `customer-${n}`,
        entry: '',
        queue: random() < 0.6 ? 'cards' : 'loans',
        state: 'asking',
        called: false,
        letIn: [],
        needs: {
          skills: random() < 0.2 ? { tax: 1 } : {},
          ...(random() < 0.1 ? { language: 'en' } : {}),
          ...(random() < 0.1 ? { value_class: 'gold' } : {}),
          ...(random() < 0.1 ? { last_agent: `agent-${Math.floor(random() * this.#options.agents)}` } : {}),
        },
      };
      this.calls += 1;
      this.#callers.add(caller);
      this.#ask(caller);
    }
  }

  /** Resolves when everybody was served or has gone. @throws Error with those who were not */
  async settle(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (this.#callers.size + this.#open.size > 0 && performance.now() < deadline) await sleep(100);
    if (this.#callers.size > 0)
      console.error(
        `${this.#callers.size} callers are still there: ${[...this.#callers]
          .slice(0, 5)
          .map(({ entry, state }) => `${entry} ${state}`)
          .join(', ')}`,
      );
  }

  /** Callers who were let in and are in no journal, or are there still. */
  lost(joined: ReadonlySet<string>): number {
    return [...this.#letIn].filter((entry) => !joined.has(entry)).length + this.#callers.size;
  }

  hear(row: QueueRow): void {
    if (!('entry' in row)) return;
    if (row.type === 'entry-joined') this.#open.add(row.entry);
    if (row.type === 'entry-ended') this.#open.delete(row.entry);
    const caller = this.#byEntry.get(row.entry);
    switch (row.type) {
      case 'entry-offered':
        return this.#agentIsOffered(row);
      case 'callback-dialled':
        return this.#telephoneRings(row);
      case 'entry-answered':
        if (caller === undefined) return;
        if (caller.entry === row.entry && caller.state === 'talking') this.doubleAnswers += 1;
        caller.state = 'talking';
        return this.#talks(row.entry);
      case 'entry-ended':
        if (caller?.entry !== row.entry) return;
        // cut off: they decide themselves whether they call again, unless it was a callback
        if (row.because !== 'node-lost' || caller.called) this.#leaves(caller);
        return;
      default:
    }
  }

  #ask(caller: Caller): void {
    const { customer, queue, needs } = caller;
    caller.entry = `${customer}.${caller.letIn.length}.${this.#life}`;
    caller.state = 'asking';
    this.#byEntry.set(caller.entry, caller);
    const { entry } = caller;
    const contact = entry as ContactId;
    void this.#tell({
      type: 'customer-asked',
      entry,
      contact,
      queue,
      kind: 'call',
      needs,
      customer,
      incarnation: '',
    }).then((taken) => {
      if (taken === undefined) return this.#askAgain(caller, entry);
      if (!taken) return this.#leaves(caller);
      this.#letIn.add(entry);
      caller.letIn.push(entry);
      if (caller.state === 'asking') caller.state = 'waiting';
      this.#waits(caller);
    });
  }

  /** The server was not there. Those that it cut off call again by themselves. */
  #askAgain(caller: Caller, entry: string): void {
    if (this.#server?.up === true || caller.entry !== entry) return;
    setTimeout(() => (caller.entry === entry && caller.state === 'asking' ? this.#ask(caller) : undefined), 200);
  }

  #waits(caller: Caller): void {
    const { random, handlingMs } = this.#options;
    const { entry } = caller;
    const patience = exponential(random, 3 * handlingMs);
    this.#later(caller, patience, () => {
      if (caller.state !== 'waiting') return;
      if (random() < 0.4) {
        void this.#tell({ type: 'callback-requested', entry }).then((taken) => {
          if (taken !== true) return;
          caller.called = true;
          if (caller.state === 'waiting') caller.state = 'callback';
        });
        return;
      }
      void this.#tell({ type: 'customer-left', entry, because: 'hung-up' });
    });
  }

  #agentIsOffered({ entry, agent, fence }: Extract<QueueRow, { type: 'entry-offered' }>): void {
    const { random } = this.#options;
    const mood = random();
    const offer = { entry, agent, fence };
    if (mood < 0.02) return; // does not see it
    const answer = (): void =>
      void this.#tell(
        mood < 0.06 ? { type: 'offer-refused', because: 'declined', ...offer } : { type: 'offer-accepted', ...offer },
      );
    this.#soon(exponential(random, 60), answer);
    if (mood > 0.97) this.#soon(1_900 + 400 * random(), answer); // and once more, about when the offer is over
  }

  #telephoneRings({ entry, agent, fence }: Extract<QueueRow, { type: 'callback-dialled' }>): void {
    const { random } = this.#options;
    const offer = { entry, fence, ...(agent === undefined ? {} : { agent }) };
    const answers = random() < 0.75;
    this.#soon(exponential(random, 250), () =>
      this.#tell(
        answers ? { type: 'customer-reached', ...offer } : { type: 'customer-unreached', because: 'busy', ...offer },
      ),
    );
  }

  #talks(entry: string): void {
    const { random, handlingMs } = this.#options;
    const length = exponential(random, handlingMs);
    if (random() < 0.1) {
      this.#soon(length / 3, () => this.#tell({ type: 'talk-held', entry }));
      this.#soon(length / 2, () => this.#tell({ type: 'talk-resumed', entry }));
    }
    const because = random() < 0.5 ? 'customer-hung-up' : 'completed';
    this.#soon(length, () => this.#tell({ type: 'talk-ended', entry, because }));
  }

  #leaves(caller: Caller): void {
    caller.state = 'gone';
    this.#callers.delete(caller);
  }

  /** In the life of this server. */
  #soon(afterMs: number, run: () => unknown): void {
    const life = this.#life;
    setTimeout(() => (life === this.#life ? run() : undefined), afterMs);
  }

  #later(caller: Caller, afterMs: number, run: () => void, always = false): void {
    const [{ entry }, life] = [caller, this.#life];
    setTimeout(() => ((always || life === this.#life) && caller.entry === entry ? run() : undefined), afterMs);
  }

  #tell(event: QueueEvent): Promise<boolean | undefined> {
    return this.#server?.tell(event) ?? Promise.resolve(undefined);
  }
}
