import type { FloorDriver, Offered } from './floor-driver.ts';
import { queueOf, setOf } from './queue-set.ts';
import { wallAfter } from '../../src/domain/units.ts';

/* Anything that may happen to queues, in any order: of property tests, and of the million events. */

export interface Happening {
  readonly what: (typeof HAPPENINGS)[number];
  /** Which of those that it may happen to; any whole numbers. */
  readonly who: number;
  readonly how: number;
}

export const HAPPENINGS = [
  'join',
  'join-again',
  'join-asking',
  'leave',
  'callback',
  'callback-asked',
  'callback-later',
  'hurry',
  'accept',
  'accept-stale',
  'decline',
  'lose-desk',
  'find-desk',
  'reach',
  'miss',
  'hold',
  'resume',
  'end',
  'wrap-up-ends',
  'break',
  'back',
  'sign-out',
  'sign-in',
  'move',
  'emergency',
  'calm',
  'crash',
  'time',
] as const;

export const randomRules = setOf(
  queueOf('cards', {
    capacity: 30,
    wrapUpMs: 8_000,
    lastAgentMs: 10_000,
    notAnsweringMs: 20_000,
    keepPlaceMs: 60_000,
    overflow: { to: 'loans', afterMs: 90_000, when: ['full', 'emergency'] },
    callback: { offer: undefined, first: 'agent', most: 20, ringMs: 20_000, attempts: 2, retryMs: 40_000 },
    rings: [
      { afterMs: 0, leastLevel: 0, skillsLess: 0, anyLanguage: false },
      { afterMs: 25_000, leastLevel: 0, skillsLess: 2, anyLanguage: true },
    ],
  }),
  queueOf('loans', {
    wrapUpMs: 0,
    strategy: 'most-skilled',
    ageingPerMinute: 5,
    callback: { offer: undefined, first: 'customer', most: 20, ringMs: 15_000, attempts: 3, retryMs: 5_000 },
  }),
);

const QUEUES = ['cards', 'loans'];
const AGENTS = ['a', 'b', 'c', 'd', 'e'];
const CUSTOMERS = ['k1', 'k2', 'k3', 'k4'];

/** Makes it happen; what cannot, does not. */
export class RandomEvents {
  readonly #floor: FloorDriver;
  #stale: Offered | undefined;

  constructor(floor: FloorDriver) {
    this.#floor = floor;
  }

  happen({ what, who, how }: Happening): void {
    const floor = this.#floor;
    const agent = pick(AGENTS, who);
    const queue = pick(QUEUES, how);
    const offer = this.#heldBy(agent);
    switch (what) {
      case 'join':
        return void floor.join(queue, { kind: who % 5 === 0 ? 'callback' : 'call' });
      case 'callback-asked':
        return void floor.join(queue, { kind: 'callback', customer: pick(CUSTOMERS, who) });
      case 'callback-later':
        return void floor.join(queue, {
          kind: 'callback',
          number: pick(CUSTOMERS, who),
          notBefore: wallAfter(floor.at, how),
        });
      case 'join-again':
        return void floor.join(queue, { customer: pick(CUSTOMERS, who) });
      case 'join-asking':
        return void floor.join(queue, {
          needs: { language: pick(['zh', 'en', 'fr'], who), skills: { tax: how % 3 }, last_agent: agent },
        });
      case 'sign-in':
        return floor.signIn(agent, { queues: profileOf(how), skills: { tax: how % 3 } });
      case 'emergency':
      case 'calm':
        return void floor.tell({ type: 'emergency-changed', queue, emergency: what === 'emergency' });
      case 'crash':
        return floor.crash(how % 30_000);
      case 'time':
        return floor.pass((how % 400) * 100);
      case 'lose-desk':
      case 'find-desk':
        return void floor.tell({ type: 'agent-reach-changed', agent, reachable: what === 'find-desk' });
      case 'wrap-up-ends':
        return void floor.tell({ type: 'wrap-up-ended', agent });
      case 'break':
      case 'back':
        return void floor.tell({
          type: 'agent-chose',
          agent,
          state: what === 'break' ? 'break' : 'available',
          by: 'agent',
        });
      case 'sign-out':
        return void floor.tell({ type: 'agent-went', agent, because: how % 2 === 0 ? 'agent' : 'supervisor' });
      case 'accept-stale':
        if (this.#stale !== undefined) floor.tell({ type: 'offer-accepted', ...this.#stale });
        return;
      default:
        if (offer === undefined) this.#toEntry(what, who, queue);
        else this.#toOffer(what, offer);
    }
  }

  #toOffer(what: Happening['what'], offer: Offered): void {
    const floor = this.#floor;
    this.#stale = offer;
    const { entry } = offer;
    if (what === 'accept') floor.tell({ type: 'offer-accepted', ...offer });
    if (what === 'decline') floor.tell({ type: 'offer-refused', because: 'declined', ...offer });
    if (what === 'reach') floor.tell({ type: 'customer-reached', ...offer });
    if (what === 'miss') floor.tell({ type: 'customer-unreached', because: 'busy', ...offer });
    if (what === 'hold') floor.tell({ type: 'talk-held', entry });
    if (what === 'resume') floor.tell({ type: 'talk-resumed', entry });
    if (what === 'end') floor.tell({ type: 'talk-ended', entry, because: 'completed' });
    if (what === 'leave') floor.tell({ type: 'customer-left', entry, because: 'hung-up' });
  }

  #toEntry(what: Happening['what'], who: number, queue: string): void {
    const floor = this.#floor;
    const entry = pick([...floor.floor.entries.keys(), 'nobody'], who);
    const is = floor.floor.entries.get(entry)?.is;
    if (is?.at === 'dialling' && is.agent === undefined) {
      if (what === 'reach') floor.tell({ type: 'customer-reached', entry, fence: is.fence });
      if (what === 'miss') floor.tell({ type: 'customer-unreached', entry, fence: is.fence, because: 'declined' });
    }
    if (what === 'hurry') floor.tell({ type: 'callback-hurried', entry });
    if (what === 'leave') floor.tell({ type: 'customer-left', entry, because: 'hung-up' });
    if (what === 'callback')
      floor.tell({
        type: 'callback-requested',
        entry,
        ...(who % 2 === 0 ? { number: pick(CUSTOMERS, who) } : {}),
      });
    if (what === 'move') floor.tell({ type: 'entry-sent', entry, queue });
  }

  /** What the agent is offered, dials or talks to; the fence of a conversation says nothing. */
  #heldBy(agent: string): Offered | undefined {
    const { floor } = this.#floor;
    const entry = floor.agents.get(agent)?.entry;
    const offer = this.#floor.offerTo(agent);
    if (offer !== undefined) return offer;
    return entry !== undefined && floor.entries.has(entry) ? { entry, agent, fence: 0 } : undefined;
  }
}

const profileOf = (how: number): Record<string, number> =>
  [{ cards: 1 }, { loans: 2 }, { cards: 3, loans: 1 }][how % 3] ?? {};
const pick = <T>(from: readonly T[], n: number): T => from[n % from.length] as T;
