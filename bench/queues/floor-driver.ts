import type { ContactId } from '../../src/domain/ids.ts';
import { EMPTY_FLOOR, type Floor } from '../../src/queues/floor.ts';
import type { QueueEvent } from '../../src/queues/queue-event.ts';
import type { AgentProfile, Needs, QueueRow } from '../../src/queues/queue-fact.ts';
import type { QueueSet } from '../../src/queues/queue-rules.ts';
import { step } from '../../src/queues/step.ts';
import { nextDue } from '../../src/queues/step-time.ts';
import { wallAfter, wallMs, type WallMs } from '../../src/domain/units.ts';

const BEGIN = wallMs(1_700_000_000_000);

export interface Offered {
  readonly entry: string;
  readonly agent: string;
  readonly fence: number;
}

interface Joining {
  readonly needs?: Partial<Needs>;
  readonly customer?: string;
  readonly kind?: 'call' | 'callback';
  readonly number?: string;
  readonly notBefore?: WallMs;
  readonly consult?: true;
}

/** The machine of all queues in the hands of a test or a simulation: one node at a time, time that passes when it is told to. */
export class FloorDriver {
  floor: Floor = EMPTY_FLOOR;
  at: WallMs = BEGIN;
  rules: QueueSet;
  /** All rows so far; undefined: nobody keeps them. */
  readonly rows: QueueRow[] = [];
  incarnation = 'first';
  /** The node that steps. */
  by = 'node';
  #entries = 0;
  readonly #keepRows: boolean;

  constructor(rules: QueueSet, keepRows = true) {
    this.rules = rules;
    this.#keepRows = keepRows;
    this.tell({ type: 'node-came-up', incarnation: this.incarnation });
  }

  tell(event: QueueEvent): readonly QueueRow[] {
    if (event.type !== 'node-came-up') this.step({ type: 'time-passed' });
    return this.step(event);
  }

  /** Time passes, and whatever is due on the way is done when it is. */
  pass(ms: number): void {
    const until = wallAfter(this.at, ms);
    for (;;) {
      const due = nextDue(this.floor, this.rules, this.at);
      if (due === undefined || due > until) break;
      this.at = due;
      this.step({ type: 'time-passed' });
    }
    this.at = until;
    this.step({ type: 'time-passed' });
  }

  /** The server dies and is there again after a while in which nothing was done. */
  crash(downMs = 0): void {
    this.at = wallAfter(this.at, downMs);
    this.incarnation = `${this.incarnation.split('-')[0]}-${this.floor.seq}`;
    this.tell({ type: 'node-came-up', incarnation: this.incarnation });
    this.step({ type: 'time-passed' });
  }

  join(queue: string, more: Joining = {}): string {
    const entry = `e${++this.#entries}`;
    const { needs, kind = 'call', customer, number, notBefore, consult } = more;
    this.tell({
      type: 'customer-asked',
      entry,
      contact: `contact-of-${entry}` as ContactId,
      queue,
      kind,
      needs: { skills: {}, ...needs },
      incarnation: this.incarnation,
      ...(customer === undefined ? {} : { customer }),
      ...(number === undefined ? {} : { number }),
      ...(notBefore === undefined ? {} : { notBefore }),
      ...(consult === undefined ? {} : { consult }),
    });
    return entry;
  }

  /** The customer who is called first. */
  dialled(entry: string): { readonly entry: string; readonly fence: number } {
    const is = this.floor.entries.get(entry)?.is;
    return { entry, fence: is?.at === 'dialling' ? is.fence : 0 };
  }

  signIn(agent: string, profile: Partial<AgentProfile> & Pick<AgentProfile, 'queues'>): void {
    this.tell({ type: 'agent-came', agent, device: 'desk', skills: {}, languages: ['zh', 'en'], ...profile });
  }

  /** What an agent is offered, or dials. */
  offerTo(agent: string): Offered | undefined {
    const entry = this.floor.entries.get(this.floor.agents.get(agent)?.entry ?? '');
    if (entry === undefined || !('fence' in entry.is)) return undefined;
    return { entry: entry.id, agent, fence: entry.is.fence };
  }

  /** @throws Error when nothing is offered */
  accept(agent: string): string {
    const offer = this.offerTo(agent);
    if (offer === undefined) throw new Error(`${agent} is offered nothing`);
    this.tell({ type: 'offer-accepted', ...offer });
    return offer.entry;
  }

  stateOf(agent: string): string | undefined {
    return this.floor.agents.get(agent)?.state;
  }

  placeOf(entry: string): string {
    return this.floor.entries.get(entry)?.is.at ?? 'gone';
  }

  step(event: QueueEvent): readonly QueueRow[] {
    const [floor, ...rows] = step(this.floor, event, { at: this.at, by: this.by }, this.rules);
    this.floor = floor;
    if (this.#keepRows) this.rows.push(...rows);
    return rows;
  }
}
