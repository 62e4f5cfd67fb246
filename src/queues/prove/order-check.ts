import { canonical, type Fault, has, type Row, text, whole } from './journal-row.ts';
import type { AgentSeen, EntrySeen } from './seen.ts';
import { BUSY, FENCED, isFirst, TRANSITIONS } from './transitions.ts';

/** A lease or a pause that is over is to be followed by a row within so long, or by a start of the server. */
export const GRACE_MS = 5_000;

/** Whether what the rows tell may have happened, and whether everybody was served in order. */
export class OrderCheck {
  readonly faults: Fault[] = [];
  calls = 0;
  answered = 0;
  callbacks = 0;
  #line = 0;
  #row: Row = {};
  #at = 0;
  /** When a server was last started: it could not do what was due before. */
  #startedAt = 0;
  #lookAt = 0;
  readonly #entries = new Map<string, EntrySeen>();
  /** Those of them that have not ended. */
  readonly #open = new Map<string, EntrySeen>();
  readonly #agents = new Map<string, AgentSeen>();
  readonly #nodes = new Map<string, string>();
  /** Those that wait, by the order that they stand in. */
  readonly #waiting = new Map<string, Map<string, EntrySeen>>();

  take(row: Row, line: number): void {
    this.#row = row;
    this.#line = line;
    const at = whole(row, 'at');
    if (at < this.#at) this.#fault('impossible', 'is earlier than the row before');
    this.#at = Math.max(at, this.#at);
    const type = text(row, 'type');
    const transition = TRANSITIONS[type];
    if (transition === undefined) return this.#fault('impossible', `has the unknown type ${type}`);
    this.#node(type);
    if (this.#at >= this.#lookAt) this.#lookForStuck();
    if (transition.entry !== undefined) this.#entry(type, transition.entry);
    if (transition.agent !== undefined && has(row, 'agent')) this.#agent(type, transition.agent);
  }

  /** @param at - when the journal was written; undefined: with its last row */
  end(at: number | undefined): void {
    // servers that have stopped do nothing that is due since
    if (this.#nodes.size > 0) this.#at = Math.max(this.#at, at ?? 0);
    this.#row = {};
    this.#lookForStuck();
    const up = new Set(this.#nodes.values());
    for (const [id, { incarnation, row }] of this.#open)
      if (incarnation !== '' && !up.has(incarnation))
        this.#fault('lost', `entry ${id} was at a server that is gone, and nothing was said of it since`, row);
    for (const [id, { state, entry, row }] of this.#agents)
      if (BUSY.includes(state) && this.#open.get(entry)?.agent !== id)
        this.#fault('stuck', `agent ${id} is ${state} with entry ${entry}, which they do not have`, row);
  }

  get waiting(): number {
    return this.#open.size;
  }

  #node(type: string): void {
    const [node, incarnation] = [text(this.#row, 'node'), text(this.#row, 'incarnation')];
    if (type === 'node-started') this.#nodes.set(node, incarnation);
    if (type === 'node-ended' && this.#nodes.get(node) === incarnation) this.#nodes.delete(node);
    if (type === 'node-started' || (type === 'node-ended' && text(this.#row, 'because') === 'restarted'))
      this.#startedAt = this.#at;
  }

  #entry(type: string, { from, to }: { readonly from: readonly string[]; readonly to: string }): void {
    const row = this.#row;
    const id = text(row, 'entry');
    if (type === 'entry-joined') return this.#joined(id);
    const entry = this.#entries.get(id);
    if (entry === undefined || !from.includes(entry.state)) {
      const kind = type === 'entry-answered' ? 'answered-twice' : 'impossible';
      return this.#fault(kind, `${type} cannot follow: entry ${id} is ${entry?.state ?? 'unknown'}`);
    }
    const first = isFirst(type, row);
    if (FENCED.includes(type) && !first && entry.fence !== whole(row, 'fence'))
      this.#fault(
        type === 'entry-answered' ? 'answered-twice' : 'impossible',
        'has the fence of an offer that is over',
      );
    if (type !== 'entry-offered' && entry.agent !== text(row, 'agent'))
      this.#fault(
        'impossible',
        `names ${text(row, 'agent') || 'no agent'}, but entry ${id} is with ${entry.agent || 'no agent'}`,
      );
    this.#kind(type, id, entry);
    if (whole(row, 'entry_step') !== entry.step + 1)
      this.#fault(
        'missing',
        `a row of entry ${id} is missing between its rows ${entry.step} and ${whole(row, 'entry_step')}`,
      );
    entry.step = whole(row, 'entry_step');
    if (type === 'entry-offered') this.#offered(id, entry);
    if (type === 'callback-dialled') this.#dialled(id, entry, first);
    this.#move(id, entry, to);
    this.#details(type, entry);
  }

  /** An agent takes a caller from the offer; a callback is dialled in between. */
  #kind(type: string, id: string, { callback, state }: EntrySeen): void {
    if (type === 'callback-dialled' && !callback)
      this.#fault('impossible', `the customer of entry ${id} is called and had not asked for it`);
    if (['callback-reached', 'callback-deferred'].includes(type) && !callback)
      this.#fault('impossible', `entry ${id} is no callback`);
    if (type === 'entry-became-callback' && callback)
      this.#fault('impossible', `entry ${id} becomes a callback, which it is`);
    if (type === 'entry-answered' && state !== (callback ? 'dialling' : 'offered'))
      this.#fault('impossible', `entry ${id} is a ${callback ? 'callback' : 'call'} and was answered while ${state}`);
  }

  #joined(id: string): void {
    const row = this.#row;
    if (this.#entries.has(id)) return this.#fault('impossible', `entry ${id} joins twice`);
    const callback = text(row, 'kind') === 'callback';
    this.calls += 1;
    if (callback) this.callbacks += 1;
    const entry: EntrySeen = {
      state: 'unknown',
      order: orderOf(row, row['needs']),
      queue: text(row, 'queue'),
      needs: row['needs'],
      place: whole(row, 'place'),
      customer: text(row, 'customer'),
      number: text(row, 'number'),
      node: text(row, 'node'),
      callback,
      agent: '',
      fence: 0,
      until: 0,
      notBefore: 0,
      incarnation: text(row, 'incarnation'),
      keepUntil: 0,
      taken: false,
      step: 1,
      row: whole(row, 'seq'),
    };
    this.#entries.set(id, entry);
    this.#open.set(id, entry);
    if (whole(row, 'entry_step') !== 1) this.#fault('missing', `the first row of entry ${id} is missing`);
    if (has(row, 'returned_from')) this.#returned(entry);
    else if (entry.place !== entry.row)
      this.#fault('place-lost', `entry ${id} has the place ${entry.place}, which is not its own`);
    entry.until = has(row, 'not_before') ? whole(row, 'not_before') : 0;
    this.#move(id, entry, entry.until === 0 ? 'waiting' : 'deferred');
  }

  #returned(entry: EntrySeen): void {
    const from = text(this.#row, 'returned_from');
    const former = this.#entries.get(from);
    if (former?.state !== 'ended' || former.keepUntil < this.#at || former.taken || former.queue !== entry.queue)
      return this.#fault('place-lost', `the place of entry ${from} was not kept, or is taken`);
    const theirs = former.customer === entry.customer || (former.callback && former.number === entry.customer);
    if (former.place !== entry.place || !theirs)
      this.#fault('place-lost', `entry ${from} of this customer had the place ${former.place}, not ${entry.place}`);
    former.taken = true;
  }

  #offered(id: string, entry: EntrySeen): void {
    const row = this.#row;
    if (whole(row, 'fence') !== whole(row, 'seq')) this.#fault('impossible', 'has a fence that is not its own');
    const beside = this.#agents.get(text(row, 'agent'))?.node;
    for (const [other, { place, node, callback }] of this.#waiting.get(entry.order) ?? [])
      if (place < entry.place && other !== id && (beside === undefined || callback || node === beside))
        return this.#fault(
          'overtaken',
          `entry ${id} is offered while entry ${other} of the same rules waits since an earlier place`,
        );
  }

  /** @param first - before an agent is: the call has a fence of its own */
  #dialled(id: string, entry: EntrySeen, first: boolean): void {
    const row = this.#row;
    if (first !== (entry.state === 'waiting'))
      this.#fault(
        'impossible',
        `the customer of entry ${id} is called ${first ? 'first' : 'for an agent'} while ${entry.state}`,
      );
    if (first && whole(row, 'fence') !== whole(row, 'seq'))
      this.#fault('impossible', 'has a fence that is not its own');
    if (this.#at < entry.notBefore)
      this.#fault('called-twice', `the customer of entry ${id} is called while the call before may still ring`);
  }

  #move(id: string, entry: EntrySeen, to: string): void {
    this.#waiting.get(entry.order)?.delete(id);
    entry.state = to;
    if (to === 'ended') this.#open.delete(id);
    if (to !== 'waiting') return;
    const same = this.#waiting.get(entry.order) ?? new Map<string, EntrySeen>();
    this.#waiting.set(entry.order, same.set(id, entry));
  }

  #details(type: string, entry: EntrySeen): void {
    const row = this.#row;
    const until = entry.until;
    entry.until = ['entry-offered', 'callback-dialled'].includes(type) ? whole(row, 'until') : 0;
    if (has(row, 'agent'))
      entry.agent = entry.state === 'waiting' || entry.state === 'deferred' ? '' : text(row, 'agent');
    if (type === 'entry-offered' || isFirst(type, row)) entry.fence = whole(row, 'fence');
    if (type === 'callback-reached') entry.callback = false;
    if (isFirst(type, row)) entry.node = text(row, 'node');
    if (entry.callback) entry.incarnation = this.#incarnationAt(row, entry);
    if (type === 'entry-answered') this.answered += 1;
    if (type === 'callback-unreached') entry.until = whole(row, 'retry_at');
    if (type === 'callback-deferred') entry.until = whole(row, 'until');
    if (type === 'callback-unreached' && text(row, 'because') === 'node-lost') entry.notBefore = until;
    if (type === 'entry-ended') entry.keepUntil = has(row, 'keep_until') ? whole(row, 'keep_until') : 0;
    if (type === 'entry-became-callback') {
      entry.callback = true;
      entry.number = text(row, 'number');
      entry.incarnation = '';
      this.callbacks += 1;
    }
    if (type !== 'entry-moved') return;
    this.#waiting.get(entry.order)?.delete(text(row, 'entry'));
    entry.queue = text(row, 'queue');
    entry.order = orderOf(row, entry.needs);
    this.#move(text(row, 'entry'), entry, 'waiting');
  }

  /** A callback is at a node while it is offered or called. */
  #incarnationAt(row: Row, { state, agent, incarnation }: EntrySeen): string {
    if (isFirst(text(row, 'type'), row)) return text(row, 'incarnation');
    if (state === 'waiting' || state === 'deferred') return '';
    return agent === '' ? incarnation : (this.#nodes.get(text(row, 'by')) ?? '');
  }

  #agent(type: string, { from, to }: { readonly from: readonly string[]; readonly to: string | undefined }): void {
    const row = this.#row;
    const id = text(row, 'agent');
    const agent = this.#agents.get(id) ?? {
      state: 'signed-out',
      entry: '',
      until: 0,
      step: 0,
      row: 0,
      node: undefined,
    };
    this.#agents.set(id, agent);
    if (!from.includes(agent.state)) {
      const kind = type === 'entry-answered' ? 'answered-twice' : 'impossible';
      return this.#fault(kind, `${type} cannot follow: agent ${id} is ${agent.state}`);
    }
    if (has(row, 'entry') && type !== 'entry-offered' && agent.entry !== text(row, 'entry'))
      this.#fault('impossible', `agent ${id} has another entry`);
    if (whole(row, 'agent_step') !== agent.step + 1)
      this.#fault(
        'missing',
        `a row of agent ${id} is missing between its rows ${agent.step} and ${whole(row, 'agent_step')}`,
      );
    agent.step = whole(row, 'agent_step');
    if (type === 'agent-signed-in') agent.node = text(row, 'device') === 'browser' ? text(row, 'by') : undefined;
    if (type === 'agent-reached' && agent.node !== undefined) agent.node = text(row, 'by');
    if (to === 'same') return;
    const wraps = has(row, 'wrap_up_until');
    agent.state =
      to ??
      (type === 'offer-ended'
        ? text(row, 'agent_state')
        : type === 'agent-changed'
          ? text(row, 'state')
          : wraps
            ? 'wrap-up'
            : 'available');
    agent.entry = has(row, 'entry') && agent.state !== 'available' ? text(row, 'entry') : '';
    const until = ['wrap_up_until', 'agent_until', 'until'].find((name) => has(row, name));
    agent.until = until === undefined ? 0 : whole(row, until);
    agent.row = whole(row, 'seq');
  }

  /** Whoever is still where a lease or a pause, long over, had put them. */
  #lookForStuck(): void {
    const late = this.#at - GRACE_MS;
    let next = Infinity;
    const over = (until: number): boolean => until > 0 && Math.max(until, this.#startedAt) < late;
    for (const [id, entry] of this.#open) {
      if (over(entry.until)) this.#fault('stuck', `entry ${id} has been ${entry.state} for too long`, entry.row);
      else if (entry.until > 0) next = Math.min(next, Math.max(entry.until, this.#startedAt) + GRACE_MS);
      if (over(entry.until)) entry.until = 0; // said once
    }
    for (const [id, agent] of this.#agents) {
      if (over(agent.until)) this.#fault('stuck', `agent ${id} has been ${agent.state} for too long`, agent.row);
      else if (agent.until > 0) next = Math.min(next, Math.max(agent.until, this.#startedAt) + GRACE_MS);
      if (over(agent.until)) agent.until = 0; // said once
    }
    this.#lookAt = Math.min(next, this.#at + 1_000);
  }

  #fault(kind: Fault['kind'], what: string, of?: number): void {
    const row = of ?? whole(this.#row, 'seq');
    this.faults.push({ row, line: this.#line, kind, text: `row ${row}: ${what}` });
  }
}

const orderOf = (row: Row, needs: unknown): string =>
  canonical([text(row, 'queue'), row['priority'] ?? null, needs ?? null]);
