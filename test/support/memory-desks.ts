import type {
  AgentDesks,
  DeskEvent,
  DeskSetup,
  DeskState,
  Offer,
  Talk,
  TicketRequest,
  WrapUp,
} from '../../src/agents/agent-desk.ts';
import type { ContactContext, ContextLine } from '../../src/domain/contact-context.ts';
import { IvrError } from '../../src/domain/error.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { type WallMs, wallMs } from '../../src/domain/units.ts';

/** Agents' desks in memory: commands do what they say at once, and a test plays the customers. */
export interface MemoryDesks extends AgentDesks {
  offer(agent: string, more?: Partial<Offer>): Offer;
  say(agent: string, line: Omit<ContextLine, 'at'>): void;
  /** The customer hangs up. */
  leave(agent: string): void;
  tell(agent: string, event: DeskEvent): void;
  readonly told: readonly string[];
  readonly wrapUps: readonly WrapUp[];
  readonly tickets: readonly TicketRequest[];
  stateOf(agent: string): DeskState;
  talkOf(agent: string): Talk | undefined;
  /** How many listen to the agent's events. */
  listeners(agent: string): number;
}

export const SETUP: DeskSetup = {
  queues: { cards: 5, loans: 2 },
  breakReasons: ['lunch', 'training'],
  wrapUpReasons: ['resolved', 'call again', 'complaint'],
  departments: [
    { name: 'Cards back office', slaMs: 4 * 3_600_000 },
    { name: 'Complaints', slaMs: 15 * 60_000 },
  ],
  transferQueues: ['cards', 'loans', 'complaints'],
  colleagues: [
    { agent: 'li', state: 'available' },
    { agent: 'zhou', state: 'talking' },
  ],
};

export const contextOf = (contact: string, at: number): ContactContext => ({
  contact: contact as ContactId,
  since: wallMs(at - 95_000),
  caller: '•••• 4711',
  called: '95588',
  language: 'en',
  customer: { name: 'Wang Fang', valueClass: 'gold', products: ['current account', 'credit card'] },
  verified: { how: 'PIN by keypad', at: wallMs(at - 60_000) },
  intents: [
    { name: 'lost-card', confidence: 0.94 },
    { name: 'balance', confidence: 0.4 },
  ],
  slots: { account: '•••• 5678' },
  transcript: [
    { at: wallMs(at - 90_000), side: 'bot', text: 'Welcome to Example Bank. How can I help you?' },
    { at: wallMs(at - 85_000), side: 'customer', text: 'I lost my card yesterday, and this is the third time I call.' },
    { at: wallMs(at - 80_000), side: 'bot', text: 'I can block it for you. Please enter your PIN.' },
    { at: wallMs(at - 62_000), side: 'customer', text: 'I want to talk to a person, please.' },
  ],
  sentiment: { now: -0.6, trend: -0.3 },
  tried: [
    { what: 'verify the customer', result: 'done' },
    { what: 'block the card', result: 'failed' },
  ],
  pastContacts: [
    {
      contact: 'c-old' as ContactId,
      at: wallMs(at - 86_400_000),
      intent: 'lost-card',
      outcome: 'abandoned in the queue',
    },
  ],
  tickets: [{ id: 'T-1007', department: 'Cards back office', state: 'open' }],
  dialplan: { id: 'bank-hotline', version: '1' },
});

interface Desk {
  state: DeskState;
  offer: Offer | undefined;
  talk: Talk | undefined;
  readonly listeners: Set<(event: DeskEvent) => void>;
}

export function memoryDesks(names: readonly string[], wall: () => number): MemoryDesks {
  const told: string[] = [];
  const wrapUps: WrapUp[] = [];
  const tickets: TicketRequest[] = [];
  const now = (): WallMs => wallMs(wall());
  const desks = new Map<string, Desk>(
    names.map((agent) => [
      agent,
      {
        state: { agent, state: 'signed-out', since: now(), queues: {} },
        offer: undefined,
        talk: undefined,
        listeners: new Set(),
      },
    ]),
  );
  let fence = 0;
  const deskOf = (agent: string): Desk => {
    const desk = desks.get(agent);
    if (desk === undefined) throw new IvrError('AGENT_UNKNOWN', `no agent of the queues is named ${agent}`);
    return desk;
  };
  const tell = (agent: string, event: DeskEvent): void => {
    for (const listener of deskOf(agent).listeners) listener(event);
  };
  const setState = (agent: string, change: Partial<DeskState>): void => {
    const desk = deskOf(agent);
    const { until: _until, reason: _reason, ...rest } = desk.state;
    desk.state = { ...rest, since: now(), ...change };
    tell(agent, { type: 'state', ...desk.state });
  };
  const talkOf = (agent: string): Talk => {
    const { talk } = deskOf(agent);
    if (talk === undefined) throw new IvrError('NO_TALK', 'the agent is in no conversation');
    return talk;
  };
  const setTalk = (agent: string, change: Partial<Talk>): void => {
    const desk = deskOf(agent);
    desk.talk = { ...talkOf(agent), ...change };
    tell(agent, { type: 'talk', talk: desk.talk });
  };
  const endTalk = (agent: string, because: Extract<DeskEvent, { type: 'talk-ended' }>['because']): void => {
    const desk = deskOf(agent);
    const { entry, contact } = talkOf(agent);
    desk.talk = undefined;
    tell(agent, { type: 'talk-ended', entry, contact, because });
    setState(agent, { state: 'wrap-up', until: wallMs(now() + 60_000) });
  };
  const offerOf = (agent: string, entry: string, given: number): Offer => {
    const { offer } = deskOf(agent);
    if (offer?.entry !== entry || offer.fence !== given) throw new IvrError('OFFER_OVER', 'the offer is over');
    return offer;
  };
  const consulted = (agent: string): Talk => {
    const talk = talkOf(agent);
    if (talk.others.length === 0) throw new IvrError('NO_CONSULT', 'nobody is being consulted');
    return talk;
  };
  const note = (agent: string, what: string): void => void told.push(`${agent} ${what}`);
  const targetOf = (to: object): string => String(Object.values(to)[0]);

  return {
    told,
    wrapUps,
    tickets,
    tell,
    stateOf: (agent) => deskOf(agent).state,
    talkOf: (agent) => deskOf(agent).talk,
    listeners: (agent) => deskOf(agent).listeners.size,
    setup: (agent) => (deskOf(agent), SETUP),
    callbacks: () => [
      {
        entry: 'e-callback',
        queue: 'cards',
        since: wallMs(now() - 600_000),
        retryAt: wallMs(now() + 300_000),
        attempts: 1,
      },
    ],
    offer(agent, more = {}) {
      fence += 1;
      const contact = `018f0000-0000-7000-8000-00000000000${fence % 10}`;
      const offer: Offer = {
        entry: `e-${fence}`,
        fence,
        queue: 'cards',
        kind: 'call',
        until: wallMs(now() + 20_000),
        waitedMs: 42_000,
        context: contextOf(contact, now()),
        ...more,
      };
      deskOf(agent).offer = offer;
      tell(agent, { type: 'offer', offer });
      setState(agent, { state: 'offered', until: offer.until });
      return offer;
    },
    say(agent, line) {
      const { contact, context } = talkOf(agent);
      const full = { ...line, at: now() };
      deskOf(agent).talk = { ...talkOf(agent), context: { ...context, transcript: [...context.transcript, full] } };
      tell(agent, { type: 'line', contact, line: full });
    },
    leave: (agent) => endTalk(agent, 'customer-hung-up'),
    async signIn(agent, device, queues = Object.keys(SETUP.queues)) {
      note(agent, `sign-in ${device} ${queues.join(',')}`);
      const levels = Object.fromEntries(queues.map((queue) => [queue, SETUP.queues[queue] ?? 1]));
      setState(agent, { state: 'available', device, queues: levels });
    },
    async signOut(agent) {
      note(agent, 'sign-out');
      setState(agent, { state: 'signed-out', queues: {} });
    },
    async choose(agent, state, reason) {
      note(agent, `${state} ${reason ?? ''}`.trim());
      setState(agent, { state, ...(reason === undefined ? {} : { reason }) });
    },
    async accept(agent, entry, given) {
      const { queue, context } = offerOf(agent, entry, given);
      const desk = deskOf(agent);
      desk.offer = undefined;
      tell(agent, { type: 'offer-ended', entry, because: 'accepted' });
      desk.talk = { entry, contact: context.contact, queue, since: now(), held: false, others: [], context };
      setState(agent, { state: 'talking' });
      tell(agent, { type: 'talk', talk: desk.talk });
    },
    async decline(agent, entry, given) {
      offerOf(agent, entry, given);
      deskOf(agent).offer = undefined;
      note(agent, 'decline');
      tell(agent, { type: 'offer-ended', entry, because: 'declined' });
      setState(agent, { state: 'available' });
    },
    async hold(agent, held) {
      setTalk(agent, { held });
      setState(agent, { state: held ? 'hold' : 'talking' });
    },
    async hangUp(agent) {
      endTalk(agent, 'agent-hung-up');
    },
    async pauseRecording(agent, paused) {
      const { pausedUntil: _pausedUntil, ...talk } = talkOf(agent);
      deskOf(agent).talk = talk;
      setTalk(agent, paused ? { pausedUntil: wallMs(now() + 60_000) } : {});
    },
    async transfer(agent, to) {
      const talk = talkOf(agent);
      if ('agent' in to && to.agent === 'zhou') throw new IvrError('TRANSFER_REFUSED', 'the agent zhou is not free');
      note(agent, `transfer ${targetOf(to)} ${talk.entry}`);
      endTalk(agent, 'transferred');
    },
    async consult(agent, to) {
      setTalk(agent, { held: true, others: [{ to: targetOf(to), state: 'consulting' }] });
    },
    async conference(agent) {
      setTalk(agent, {
        held: false,
        others: consulted(agent).others.map(({ to }) => ({ to, state: 'joined' as const })),
      });
    },
    async completeTransfer(agent) {
      consulted(agent);
      endTalk(agent, 'transferred');
    },
    async endConsult(agent) {
      consulted(agent);
      setTalk(agent, { held: false, others: [] });
    },
    async returnToBot(agent, purpose) {
      talkOf(agent);
      note(agent, `return-to-bot ${purpose}`);
      endTalk(agent, 'returned-to-bot');
    },
    async wrapUp(agent, given) {
      wrapUps.push(given);
      setState(agent, { state: 'available' });
    },
    async openTicket(agent, given) {
      deskOf(agent);
      tickets.push(given);
      return { id: `T-${2_000 + tickets.length}` };
    },
    subscribe(agent, listener) {
      const { listeners, state, offer, talk } = deskOf(agent);
      listeners.add(listener);
      listener({ type: 'state', ...state });
      if (offer !== undefined) listener({ type: 'offer', offer });
      if (talk !== undefined) listener({ type: 'talk', talk });
      return () => listeners.delete(listener);
    },
  };
}
