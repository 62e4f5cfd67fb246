import { asError, IvrError } from '../domain/error.ts';
import type { ContactId } from '../domain/ids.ts';
import { type Milliseconds, ms } from '../domain/units.ts';
import type { CancelTimer } from '../lib/clock.ts';
import type { AgentId, AgentState, EntryId, QueueName } from '../queues/queue-fact.ts';
import type {
  AgentDevice,
  Appointment,
  CallbackOrder,
  DeskEvent,
  DeskSetup,
  TicketRequest,
  TransferTarget,
  WaitingCallback,
  WrapUp,
} from './agent-desk.ts';
import { expectListed, profileOf, rulesOf } from './agent-profile.ts';
import type { AgentLines } from './agent-lines.ts';
import type { AttendedEntry, TalkCommand } from './attended-entry.ts';
import { type DeskTeller, deskTeller } from './desk-teller.ts';
import { followCallbacks, orderCallback } from './callback-orders.ts';
import { callbacksOf, queuesOf, setupOf } from './desk-views.ts';
import type { DesksOptions, OpenDesks } from './open-desks.ts';

/** A page that is loaded again is back by then. */
const RELOADED_WITHIN = ms(5_000);
/** A browser that could not be called is called again after so long. */
const CALLED_AGAIN_AFTER = ms(3_000);

const NO_DEVICE: Readonly<Record<AgentDevice, string>> = {
  browser: 'this server calls no browsers',
  telephone: 'no desk telephone of yours is known: queues.file names none, and there is no registrar',
};

export const openAgentDesks = (options: DesksOptions): OpenDesks => new Desks(options);

type Listener = (event: DeskEvent) => void;
class Desks implements OpenDesks {
  readonly #options: DesksOptions;
  readonly #queues: DesksOptions['queues'];
  readonly #attended = new Map<EntryId, AttendedEntry>();
  readonly #listeners = new Map<AgentId, Set<Listener>>();
  /** Desks that were left a moment ago, or whose browser is called again in a moment. */
  readonly #timers = new Map<AgentId, CancelTimer>();
  readonly #teller: DeskTeller;
  readonly #stops: readonly (() => void)[];
  #lines: AgentLines | undefined;

  constructor(options: DesksOptions) {
    const { queues, contexts, clock } = options;
    this.#options = options;
    this.#queues = queues;
    const teller = deskTeller({
      queues,
      attended: this.#attended,
      tell: (agent, event) => this.#tell(agent, event),
      clock,
    });
    this.#teller = teller;
    this.#stops = [
      queues.subscribe((row) => {
        teller.row(row);
        // whoever said so, such as a node that took ours for gone: the desk is here
        if (row.type === 'agent-reached' && !row.reachable) this.#callLater(row.agent);
      }),
      contexts.onLine((contact, line) => teller.line(contact, line)),
      followCallbacks(queues, (queue) => this.#tellCallbacks(queue)),
    ];
  }

  use(lines: AgentLines): void {
    this.#lines = lines;
    lines.onLost((agent) => this.unreachable(agent));
    lines.onQuality((agent, quality) => this.#tell(agent, { type: 'quality', ...quality }));
  }

  setup(agent: AgentId): DeskSetup {
    const { choices, devicesOf, canConsult } = this.#options;
    return setupOf(agent, this.#queues, choices(), devicesOf(agent), canConsult);
  }

  readonly callbacks = (agent: AgentId): readonly WaitingCallback[] =>
    callbacksOf(agent, this.#queues, this.#options.clock.wall());

  orderCallback(agent: AgentId, entry: EntryId, order: CallbackOrder): Promise<void> {
    rulesOf(this.#queues.rules, agent);
    const own = queuesOf(agent, this.#queues);
    return orderCallback(this.#queues, (queue) => own[queue] !== undefined, entry, order, this.#options.clock.wall());
  }

  async signIn(agent: AgentId, device: AgentDevice, only?: readonly string[]): Promise<void> {
    const { rules } = this.#queues;
    const before = this.#queues.floor.agents.get(agent);
    const signedIn = before !== undefined && before.state !== 'signed-out';
    if (signedIn && before.device !== device)
      throw new IvrError('CONFLICT', 'you are signed in with another device: sign out first', { agent });
    const profile = profileOf(rules, agent, only, signedIn ? before.profile : undefined);
    if (!this.#options.devicesOf(agent).includes(device))
      throw new IvrError('AGENT_UNREACHABLE', NO_DEVICE[device], { agent });
    if (device === 'browser') {
      if (this.#lines === undefined) throw new IvrError('AGENT_UNREACHABLE', NO_DEVICE.browser, { agent });
      await this.#lines.open(agent);
    }
    await this.#queues.tell({ type: 'agent-came', agent, device, ...profile });
    if (profile === before?.profile) return;
    const now = this.#queues.floor.agents.get(agent)?.profile.queues ?? {};
    if (JSON.stringify(now) !== JSON.stringify(profile.queues))
      await this.#queues.tell({ type: 'profile-changed', agent, ...profile });
  }

  async signOut(agent: AgentId): Promise<void> {
    await this.#queues.tell({ type: 'agent-went', agent, because: 'agent' });
    if (this.#stateOf(agent) === 'signed-out') await this.#lines?.close(agent);
  }

  async choose(agent: AgentId, state: 'available' | 'break', reason?: string): Promise<void> {
    rulesOf(this.#queues.rules, agent);
    if (reason !== undefined) expectListed(this.#options.choices().breakReasons, reason);
    await this.#queues.tell({
      type: 'agent-chose',
      agent,
      state,
      by: 'agent',
      ...(reason === undefined ? {} : { reason }),
    });
  }

  readonly accept = (agent: AgentId, entry: EntryId, fence: number): Promise<void> =>
    this.#answer(agent, entry, { type: 'accept', fence });
  readonly decline = (agent: AgentId, entry: EntryId, fence: number): Promise<void> =>
    this.#answer(agent, entry, { type: 'decline', fence });

  readonly hold = (agent: AgentId, held: boolean): Promise<void> => this.#command(agent, { type: 'hold', held });
  readonly hangUp = (agent: AgentId): Promise<void> => this.#command(agent, { type: 'hang-up' });

  readonly pauseRecording = (agent: AgentId, paused: boolean): Promise<void> =>
    this.#command(agent, { type: 'pause-recording', paused });
  readonly transfer = (agent: AgentId, to: TransferTarget): Promise<void> =>
    this.#command(agent, { type: 'transfer', to });
  readonly consult = (agent: AgentId, to: TransferTarget): Promise<void> =>
    this.#command(agent, { type: 'consult', to });

  readonly conference = (agent: AgentId): Promise<void> => this.#command(agent, { type: 'conference' });
  readonly completeTransfer = (agent: AgentId): Promise<void> => this.#command(agent, { type: 'complete-transfer' });
  readonly endConsult = (agent: AgentId): Promise<void> => this.#command(agent, { type: 'end-consult' });

  readonly returnToBot = (agent: AgentId, purpose: 'verify' | 'satisfaction'): Promise<void> =>
    this.#command(agent, { type: 'return-to-bot', purpose });
  readonly endVerification = (agent: AgentId): Promise<void> => this.#command(agent, { type: 'end-verification' });

  readonly bookCallback = async (agent: AgentId, appointment: Appointment): Promise<void> =>
    this.#talkOf(agent).callBack(agent, appointment);

  async wrapUp(agent: AgentId, wrapUp: WrapUp): Promise<void> {
    this.#expectTalked(agent, wrapUp.contact);
    expectListed(this.#options.choices().wrapUpReasons, wrapUp.reason);
    await this.#options.wrappedUp(agent, wrapUp);
    await this.#queues.tell({ type: 'wrap-up-ended', agent });
  }

  async openTicket(agent: AgentId, ticket: TicketRequest): Promise<{ readonly id: string }> {
    const { choices, tickets, contexts } = this.#options;
    this.#expectTalked(agent, ticket.contact);
    if (!choices().departments.some(({ name }) => name === ticket.department))
      throw new IvrError('USAGE', `there is no department ${ticket.department}`);
    const opened = await tickets.open(agent, ticket);
    contexts.learn(ticket.contact, { tickets: await tickets.of(ticket.contact) });
    this.#teller.show(ticket.contact);
    return opened;
  }

  subscribe(agent: AgentId, listener: Listener): () => void {
    const own: Listener = (event) => listener(event);
    const all = this.#listeners.get(agent) ?? new Set();
    this.#listeners.set(agent, all.add(own));
    this.#stopTimer(agent);
    for (const event of this.#teller.now(agent)) own(event);
    if (this.#worksByBrowser(agent)) this.#restore(agent);
    else this.#reach(agent, true); // after a start of the server
    return () => {
      if (!all.delete(own) || all.size > 0) return;
      this.#listeners.delete(agent);
      if (this.#worksByBrowser(agent)) this.#startTimer(agent, RELOADED_WITHIN, () => this.#reach(agent, false));
    };
  }

  attend(entry: EntryId, by: AttendedEntry): () => void {
    this.#attended.set(entry, by);
    return () => {
      if (this.#attended.get(entry) === by) this.#attended.delete(entry);
    };
  }

  readonly show = (entry: EntryId): void => this.#teller.showEntry(entry);

  unreachable(agent: AgentId): void {
    this.#reach(agent, false);
    this.#callLater(agent);
  }

  attendedBy(agent: AgentId): AttendedEntry | undefined {
    return this.#attended.get(this.#queues.floor.agents.get(agent)?.entry ?? '');
  }

  broadcast(from: string, text: string, names: readonly string[]): void {
    const at = this.#options.clock.wall();
    for (const agent of this.#listeners.keys()) {
      const mine = this.#queues.floor.agents.get(agent)?.profile.queues ?? {};
      if (names.length === 0 || names.some((name) => mine[name] !== undefined))
        this.#tell(agent, { type: 'message', from, text, at });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#stops) stop();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#listeners.clear();
    this.#attended.clear();
    return Promise.resolve();
  }

  #tell(agent: AgentId, event: DeskEvent): void {
    for (const listener of this.#listeners.get(agent) ?? []) listener(event);
  }

  #tellCallbacks(queue: QueueName): void {
    for (const agent of this.#listeners.keys())
      if (queuesOf(agent, this.#queues)[queue] !== undefined) this.#tell(agent, { type: 'callbacks' });
  }

  #stateOf(agent: AgentId): AgentState {
    return this.#queues.floor.agents.get(agent)?.state ?? 'signed-out';
  }

  #worksByBrowser(agent: AgentId): boolean {
    return this.#stateOf(agent) !== 'signed-out' && this.#queues.floor.agents.get(agent)?.device === 'browser';
  }

  #reach(agent: AgentId, reachable: boolean): void {
    if (this.#stateOf(agent) === 'signed-out') return;
    this.#queues
      .tell({ type: 'agent-reach-changed', agent, reachable })
      .catch((thrown: unknown) =>
        this.#options.logger.warn({ agent }, 'whether an agent is available could not be determined', asError(thrown)),
      );
  }

  /** The desk is there: its browser is called, unless it is in its call. */
  #restore(agent: AgentId): void {
    if (this.#lines?.isOpen(agent) === true) return this.#reach(agent, true);
    this.#lines?.open(agent).then(
      () => this.#reach(agent, true),
      () => this.#callLater(agent),
    );
  }

  #callLater(agent: AgentId): void {
    if (this.#worksByBrowser(agent) && this.#listeners.has(agent))
      this.#startTimer(agent, CALLED_AGAIN_AFTER, () => this.#restore(agent));
  }

  #startTimer(agent: AgentId, after: Milliseconds, run: () => void): void {
    this.#stopTimer(agent);
    this.#timers.set(
      agent,
      this.#options.clock.after(after, () => {
        this.#timers.delete(agent);
        run();
      }),
    );
  }

  #stopTimer(agent: AgentId): void {
    this.#timers.get(agent)?.();
    this.#timers.delete(agent);
  }

  /** @throws IvrError NO_TALK */
  #talkOf(agent: AgentId): AttendedEntry {
    const by = this.attendedBy(agent);
    if (by === undefined) throw new IvrError('NO_TALK', 'you are not in a conversation', { agent });
    return by;
  }

  readonly #command = async (agent: AgentId, what: TalkCommand): Promise<void> => this.#talkOf(agent).do(what);

  async #answer(agent: AgentId, entry: EntryId, what: TalkCommand): Promise<void> {
    const by = this.#attended.get(entry);
    if (by === undefined || this.#queues.floor.agents.get(agent)?.entry !== entry)
      throw new IvrError('OFFER_OVER', 'the offer is over', { agent });
    await by.do(what);
  }

  #expectTalked(agent: AgentId, contact: ContactId): void {
    rulesOf(this.#queues.rules, agent);
    if (!this.#teller.talkedTo(agent, contact))
      throw new IvrError('NO_TALK', 'you have not talked to this customer', { agent });
  }
}
