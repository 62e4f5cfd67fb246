import type {
  AgentDesks,
  DeskEvent,
  DeskState,
  Offer,
  Talk,
  TicketRequest,
  WrapUp,
} from '../../src/agents/agent-desk.ts';
import type { ContextLine } from '../../src/domain/contact-context.ts';
import { IvrError } from '../../src/domain/error.ts';
import { type WallMs, wallMs } from '../../src/domain/units.ts';
import { contextOf, SETUP, waitingCallback } from './desk-context.ts';

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

interface Desk {
  state: DeskState;
  offer: Offer | undefined;
  talk: Talk | undefined;
  ended: DeskEvent | undefined;
  readonly listeners: Set<(event: DeskEvent) => void>;
}

function openBook(names: readonly string[], wall: () => number) {
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
        ended: undefined,
        listeners: new Set(),
      },
    ]),
  );
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
    if (talk === undefined) throw new IvrError('NO_TALK', 'the agent is not in a conversation');
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
    desk.ended = { type: 'talk-ended', entry, contact, because };
    tell(agent, desk.ended);
    setState(agent, { state: 'wrap-up', until: wallMs(now() + 60_000) });
  };
  const offerOf = (agent: string, entry: string, given: number): Offer => {
    const { offer } = deskOf(agent);
    if (offer?.entry !== entry || offer.fence !== given) throw new IvrError('OFFER_OVER', 'the offer is over');
    return offer;
  };
  const forget = (agent: string): void => {
    const { pausedUntil: _pausedUntil, ...talk } = talkOf(agent);
    deskOf(agent).talk = talk;
  };
  const note = (agent: string, what: string): void => void told.push(`${agent} ${what}`);

  return { told, wrapUps, tickets, now, deskOf, tell, setState, talkOf, setTalk, endTalk, offerOf, forget, note };
}

export function memoryDesks(names: readonly string[], wall: () => number): MemoryDesks {
  const book = openBook(names, wall);
  const { told, wrapUps, tickets, now, deskOf, tell, setState, talkOf, endTalk, offerOf, note } = book;
  let fence = 0;
  return {
    told,
    wrapUps,
    tickets,
    tell,
    stateOf: (agent) => deskOf(agent).state,
    talkOf: (agent) => deskOf(agent).talk,
    listeners: (agent) => deskOf(agent).listeners.size,
    setup: (agent) => (deskOf(agent), SETUP),
    bookCallback: async (agent, { at }) => note(agent, `book-callback ${at}`),
    orderCallback: async (agent, entry, order) => note(agent, `callback ${entry} ${order.do}`),
    callbacks: () => [waitingCallback(now())],
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
    ...presenceCommands(note, setState),
    async accept(agent, entry, given) {
      const { queue, context } = offerOf(agent, entry, given);
      const desk = deskOf(agent);
      desk.offer = undefined;
      tell(agent, { type: 'offer-ended', entry, because: 'accepted' });
      desk.talk = {
        entry,
        contact: context.contact,
        queue,
        since: now(),
        held: false,
        verification: 'possible',
        others: [],
        context,
      };
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
    ...conversationCommands(book),
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
      const { listeners, state, offer, talk, ended } = deskOf(agent);
      listeners.add(listener);
      if (state.state === 'wrap-up' && ended !== undefined) listener(ended);
      listener({ type: 'state', ...state });
      if (offer !== undefined) listener({ type: 'offer', offer });
      if (talk !== undefined) listener({ type: 'talk', talk });
      return () => listeners.delete(listener);
    },
  };
}

interface Bookkeeping {
  readonly note: (agent: string, what: string) => void;
  readonly setState: (agent: string, change: Partial<DeskState>) => void;
  readonly setTalk: (agent: string, change: Partial<Talk>) => void;
  readonly talkOf: (agent: string) => Talk;
  readonly endTalk: (agent: string, because: Extract<DeskEvent, { type: 'talk-ended' }>['because']) => void;
  /** The recording goes on. */
  readonly forget: (agent: string) => void;
}

type ConversationCommand =
  | 'hold'
  | 'hangUp'
  | 'pauseRecording'
  | 'transfer'
  | 'consult'
  | 'conference'
  | 'completeTransfer'
  | 'endConsult'
  | 'returnToBot'
  | 'endVerification';

function conversationCommands({
  note,
  setState,
  setTalk,
  talkOf,
  endTalk,
  forget,
}: Bookkeeping): Pick<AgentDesks, ConversationCommand> {
  const targetOf = (to: object): string => String(Object.values(to)[0]);
  const consulted = (agent: string): Talk => {
    const talk = talkOf(agent);
    if (talk.others.length === 0) throw new IvrError('NO_CONSULT', 'nobody is being consulted');
    return talk;
  };
  return {
    async hold(agent, held) {
      setTalk(agent, { held });
      setState(agent, { state: held ? 'hold' : 'talking' });
    },
    async hangUp(agent) {
      endTalk(agent, 'agent-hung-up');
    },
    async pauseRecording(agent, paused) {
      forget(agent);
      setTalk(agent, paused ? { pausedUntil: wallMs(Date.now() + 60_000) } : {});
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
    async endVerification(agent) {
      const context = { ...talkOf(agent).context, verifiedAgain: { at: wallMs(0), outcome: 'verified' } } as const;
      setTalk(agent, { held: false, verification: 'possible', context });
    },
    async returnToBot(agent, purpose) {
      talkOf(agent);
      note(agent, `return-to-bot ${purpose}`);
      if (purpose === 'verify') return setTalk(agent, { held: true, verification: 'under-way' });
      endTalk(agent, 'returned-to-bot');
    },
  };
}

function presenceCommands(
  note: Bookkeeping['note'],
  setState: Bookkeeping['setState'],
): Pick<AgentDesks, 'signIn' | 'signOut' | 'choose'> {
  return {
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
  };
}
