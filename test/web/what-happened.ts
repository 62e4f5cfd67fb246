import { expect } from 'vitest';
import type { CallEvent, CallEventType } from '../../src/domain/call-event.ts';
import type { ContactContext } from '../../src/domain/contact-context.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { recordingOf } from '../support/recording-of.ts';
import { eventually, type ServerProcess } from '../support/server-process.ts';
import type { StaffClient } from '../support/staff-client.ts';
import { channelsOf, expectChannels, expectNoGaps, type Spoken } from './recorded-channels.ts';

/* After a conversation: contact with its transcript, the one recording and KPIs, each asked where staff and systems ask, against what the test did and saw. */

/** What the test did, by its own clock. */
export interface Happened {
  readonly contact: ContactId;
  readonly agent: string;
  readonly queue: string;
  /** Unix ms: from when it was seen until it was ended; from when it was asked for until its end was seen. */
  readonly held: { readonly least: readonly [number, number]; readonly most: readonly [number, number] };
  readonly ticket: string;
  readonly spoken: Omit<Spoken, 'held'>;
  /** Counts before the call. */
  readonly before: Counts;
}

type Line = Readonly<Record<string, number>>;
export interface Counts {
  readonly queue: Line;
  readonly agent: Line;
}

interface Report {
  readonly lines: readonly { readonly name: string; readonly counts: Line; readonly kpis: Line }[];
}
interface Found {
  readonly recordings: readonly {
    readonly id: string;
    readonly contact: string;
    readonly state: string;
    readonly queues: readonly string[];
  }[];
}

const lengthOf = ([from, to]: readonly [number, number]): number => to - from;

/** A clock of the test and one of the server's machinery, on a machine that others use. */
const SLACK_MS = 2_500;
/** From the end of a call to its verified recording, where other work has the machine. */
const ARCHIVED_MS = 180_000;

async function lineOf(server: ServerProcess, of: 'queue' | 'agent', name: string): Promise<Report['lines'][number]> {
  const { status, text } = await server.get(`/api/reports?of=${of}&interval=day`);
  expect(status, text).toBe(200);
  const found = (JSON.parse(text) as Report).lines.findLast((line) => line.name === name);
  return found ?? { name, counts: {}, kpis: {} };
}

export const countsOf = async (server: ServerProcess, queue: string, agent: string): Promise<Counts> => ({
  queue: (await lineOf(server, 'queue', queue)).counts,
  agent: (await lineOf(server, 'agent', agent)).counts,
});

export async function expectAgreement(server: ServerProcess, compliance: StaffClient, told: Happened): Promise<void> {
  const events = server.events.filter(({ contact }) => contact === told.contact);
  await expectContact(server, events, told);
  await expectKpis(server, events, told);
  const sealed = await eventually(
    () => Promise.resolve(server.events.filter(({ contact }) => contact === told.contact)),
    (all) => all.some(({ type }) => type === 'recording-sealed'),
    ARCHIVED_MS,
  );
  const recording = await recordingOf(sealed);
  expectNoGaps(recording);
  const id = await expectOneRecording(compliance, told);
  expectChannels(await channelsOf(compliance, id), recording, events, { ...told.spoken, held: told.held.least });
}

function only<T extends CallEventType>(events: readonly CallEvent[], type: T): Extract<CallEvent, { type: T }> {
  const found = events.filter((event): event is Extract<CallEvent, { type: T }> => event.type === type);
  expect(found, type).toHaveLength(1);
  return found[0] as Extract<CallEvent, { type: T }>;
}

/** The record that the desk showed, as other systems are given it. */
async function expectContact(server: ServerProcess, events: readonly CallEvent[], told: Happened): Promise<void> {
  const { status, text } = await server.get(`/api/contacts/${told.contact}`);
  expect(status, text).toBe(200);
  const contact = JSON.parse(text) as ContactContext;
  expect(contact).toMatchObject({
    contact: told.contact,
    language: 'en-US',
    recording: only(events, 'recording-started').recording,
    dialplan: { id: 'short', version: '1' },
  });
  expect(contact.tickets.find(({ id }) => id === told.ticket)).toMatchObject({ department: 'disputes', state: 'open' });
  expect(contact.intents.map(({ name }) => name)).toEqual(
    events.flatMap((event) => (event.type === 'intent-matched' ? [event.intent] : [])).toReversed(),
  );
  expect(contact.transcript.filter(({ side }) => side === 'bot').map((line) => line.text)).toEqual(saidByBot(events));
  expect(contact.transcript.filter(({ side }) => side === 'customer').map((line) => line.text)).toEqual(
    saidByCustomer(events),
  );
}

async function expectKpis(server: ServerProcess, events: readonly CallEvent[], told: Happened): Promise<void> {
  const answered = only(events, 'agent-answered');
  const left = only(events, 'agent-left');
  const wrapped = only(events, 'wrapped-up');
  const queue = await lineOf(server, 'queue', told.queue);
  const agent = await lineOf(server, 'agent', told.agent);
  const added = (now: Line, before: Line, name: string): number => (now[name] ?? 0) - (before[name] ?? 0);
  const counts = { joined: 1, abandoned: 0, refused: 0, answered: 1, handled: 1, callbacks: 0, moved_out: 0 };
  for (const [name, count] of Object.entries(counts))
    expect([name, added(queue.counts, told.before.queue, name)]).toEqual([name, count]);
  for (const [name, count] of Object.entries({ offers: 1, missed: 0, declined: 0, handled: 1 }))
    expect([name, added(agent.counts, told.before.agent, name)]).toEqual([name, count]);
  expect(added(queue.counts, told.before.queue, 'answered_within')).toBe(Number(answered.waited_ms <= 20_000));
  const near = (what: string, found: number, expected: number): void =>
    expect(Math.abs(found - expected), `${what}: ${found} and not ${expected} ms`).toBeLessThan(SLACK_MS);
  near('wait', added(queue.counts, told.before.queue, 'wait_ms'), answered.waited_ms);
  for (const [line, before] of [
    [queue, told.before.queue],
    [agent, told.before.agent],
  ] as const) {
    const heldMs = added(line.counts, before, 'hold_ms');
    expect(heldMs).toBeGreaterThanOrEqual(lengthOf(told.held.least));
    expect(heldMs).toBeLessThanOrEqual(lengthOf(told.held.most));
    near('talk', added(line.counts, before, 'talk_ms'), left.at - answered.at - heldMs);
    near('wrap-up', added(line.counts, before, 'wrap_up_ms'), wrapped.at - left.at);
  }
  // what the report prints is what its formulas say of its counts
  const share = (part: number, whole: number): number => (whole === 0 ? Number.NaN : part / whole);
  const busy = ({ talk_ms = 0, hold_ms = 0, wrap_up_ms = 0 }: Line): number => talk_ms + hold_ms + wrap_up_ms;
  const { joined = 0, short_abandoned = 0, answered: all = 0, answered_within = 0, handled = 0 } = queue.counts;
  expect(queue.kpis['answer_rate']).toBeCloseTo(share(all, joined - short_abandoned), 6);
  expect(queue.kpis['service_level']).toBeCloseTo(share(answered_within, joined - short_abandoned), 6);
  expect(queue.kpis['average_handle_time_ms']).toBeCloseTo(share(busy(queue.counts), handled), 3);
  const { signed_in_ms = 0, break_ms = 0 } = agent.counts;
  expect(agent.kpis['occupancy']).toBeCloseTo(share(busy(agent.counts), signed_in_ms - break_ms), 6);
}

/** In the archive, verified, found by agent and queue: one, whoever was on the line. */
async function expectOneRecording(compliance: StaffClient, told: Happened): Promise<string> {
  const ofContact = async () =>
    (
      await compliance.ok<Found>('POST', '/api/archive/search', { query: { agent: told.agent, queue: told.queue } })
    ).recordings.filter(({ contact }) => contact === told.contact);
  const all = await eventually(ofContact, ([first]) => first?.state === 'VERIFIED', ARCHIVED_MS);
  expect(all).toMatchObject([{ state: 'VERIFIED', queues: [told.queue] }]);
  expect(all).toHaveLength(1);
  return all[0]?.id ?? '';
}

const saidByBot = (events: readonly CallEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'prompt-started' ? [event.text] : []));

/** What was understood at last of each utterance. */
function saidByCustomer(events: readonly CallEvent[]): readonly string[] {
  const said: string[] = [];
  for (const event of events)
    if (event.type === 'recognized' && event.text !== '' && event.outcome !== 'not-speech') said.push(event.text);
  return said;
}
