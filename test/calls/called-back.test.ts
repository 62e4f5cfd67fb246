import { expect, test } from 'vitest';
import { queueOf, setOf } from '../../bench/queues/queue-set.ts';
import { type CallbackServices, openCallbackCalls } from '../../src/calls/callback/open-callback-calls.ts';
import { CALL_EVENT_VERSION, type CallFact } from '../../src/domain/call-event.ts';
import { IvrError } from '../../src/domain/error.ts';
import { type ContactId, type LegId, turnId } from '../../src/domain/ids.ts';
import { wallAfter, wallMs } from '../../src/domain/units.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openQueueService } from '../../src/queues/queue-service.ts';
import type { DialOutcome } from '../../src/signalling/signalling.ts';
import { MemoryStore } from '../queues/support/memory-store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { FakeDialog } from './fake-dialog.ts';
import type { FakeLineOptions } from './fake-line.ts';
import { calm, openQueuedLine, type QueuedLine } from './queued-line.ts';
import { accepted, proven } from './queued-visit.ts';

/* A customer asked to be called back, and is called when it is their turn. */

const callback = {
  offer: { afterMs: 0, expectedMs: undefined, when: [] },
  first: 'customer' as const,
  most: 10,
  ringMs: 30_000,
  attempts: 2,
  retryMs: 60_000,
};
const outboundWays = () => [{ gateway: 'carrier', uri: 'sip:home@carrier', from: '<sip:95588@bank>', headers: {} }];

async function booked(more: FakeLineOptions = {}): Promise<QueuedLine> {
  const queued = await openQueuedLine({ callback }, { outboundWays, ...more });
  await books(queued);
  return queued;
}
/** The customer has hung up, and wei signs in. */
async function books(queued: QueuedLine): Promise<void> {
  await queued.asks();
  await queued.time(1_000);
  for (const key of ['1', '1']) {
    queued.line.at().key(key);
    await calm();
  }
  queued.line.at().finish();
  await queued.line.call.ended;
  expect(queued.line.fact('callback-booked')).toMatchObject({ other_number: false, pending: false });
  expect(queued.line.fact('call-ended')).toMatchObject({ because: 'bot-hung-up' });
  await queued.signIn();
}
const dialledTo = ({ line }: QueuedLine) => line.dialled.filter(({ request }) => request.uri === 'sip:home@carrier');
const outcome = async (queued: QueuedLine, what: DialOutcome): Promise<void> => {
  dialledTo(queued).at(-1)?.outcome.resolve(what);
  await calm();
};
const answers = async (queued: QueuedLine): Promise<FakeDialog> => {
  const dialog = new FakeDialog('answer of the customer');
  await outcome(queued, { outcome: 'answered', dialog });
  return dialog;
};
const customer = ({ line }: QueuedLine) =>
  line.endpoints.findLast(({ options }) => options.towards === 'sip:home@carrier');

test('who answers and keys 1 is given to the agent who was kept free, in a call of its own that knows the first', async () => {
  await using queued = await booked();
  const { line, service } = queued;
  expect(dialledTo(queued)).toHaveLength(1);
  expect(dialledTo(queued)[0]?.request.headers).toMatchObject({ Expires: '30' });
  expect(queued.last('offer')).toBeUndefined();
  await answers(queued);
  expect(line.fact('callback-called')).toMatchObject({ attempt: 1, earlier: line.call.contact });
  expect(customer(queued)?.options).toMatchObject({ record: { track: 'customer' } });
  customer(queued)?.key('1');
  await calm();
  customer(queued)?.finish(); // 'I am connecting you.'
  await calm();
  expect(queued.last('offer')?.offer).toMatchObject({ queue: 'service', kind: 'call' });
  await accepted(queued);
  expect(line.fact('agent-answered')).toMatchObject({ agent: 'wei', queue: 'service' });
  await queued.desks.hangUp('wei');
  await queued.callbacks[0]?.ended;
  await calm();
  expect(service.floor.entries.size).toBe(0);
  expect(await proven(queued)).toBe(true);
});

test.each([
  ['busy', { outcome: 'busy', status: 486 }],
  ['no-answer', { outcome: 'no-answer', status: 408 }],
  ['declined', { outcome: 'declined', status: 603 }],
  ['failed', { outcome: 'failed', status: 404 }],
] as const)('%s: called again after a while, and given up in the end', async (because, what) => {
  await using queued = await booked();
  await outcome(queued, what);
  expect(queued.line.fact('callback-ended')).toMatchObject({ because });
  expect(queued.line.fact('call-ended')).toMatchObject({ because: 'not-answered' });
  expect(queued.line.recordingNotes).toContain('discarded');
  await queued.time(60_000);
  expect(dialledTo(queued)).toHaveLength(2);
  await outcome(queued, what);
  expect(queued.store.rows.at(-1)).toMatchObject({ type: 'entry-ended', because: 'not-reached' });
  expect(await proven(queued)).toBe(true);
});

test('an answering machine keys nothing, and takes no agent', async () => {
  await using queued = await booked();
  await answers(queued);
  await queued.time(46_000);
  expect(queued.line.fact('callback-ended')).toMatchObject({ because: 'unproved' });
  expect(queued.events.filter(({ type }) => type === 'offer')).toEqual([]);
  expect(await proven(queued)).toBe(true);
});

test('who keys 2 needs the call no more', async () => {
  await using queued = await booked();
  await answers(queued);
  customer(queued)?.key('2');
  await calm();
  customer(queued)?.finish();
  await queued.callbacks[0]?.ended;
  expect(queued.store.rows.at(-1)).toMatchObject({ type: 'entry-ended', because: 'cancelled' });
  expect(customer(queued)?.told).toContain('play Thank you. We will not call again. Goodbye.');
  expect(await proven(queued)).toBe(true);
});

test('cancelled while it rings: the telephone rings no more', async () => {
  await using queued = await booked();
  const [entry = ''] = queued.service.floor.entries.keys();
  await queued.service.tell({ type: 'customer-left', entry, because: 'cancelled' });
  await calm();
  expect(dialledTo(queued)[0]?.signal.aborted).toBe(true);
  await queued.callbacks[0]?.ended;
  expect(queued.line.fact('callback-ended')).toMatchObject({ because: 'withdrawn' });
  expect(await proven(queued)).toBe(true);
});

test('a server that takes no calls, or goes down, calls later, which is no try', async () => {
  await using queued = await booked();
  queued.callbacks[0]?.shutDown(0 as never);
  await queued.callbacks[0]?.ended;
  await calm();
  queued.refusing.calls = true;
  await queued.time(60_000);
  const [entry] = queued.service.floor.entries.values();
  expect([entry?.attempts, entry?.is.at, dialledTo(queued).length]).toEqual([0, 'deferred', 1]);
  expect(await proven(queued)).toBe(true);
});

test('what fails before the telephone is called is no try', async () => {
  await using queued = await booked({
    intendToRecord: ({ direction }) =>
      direction === 'outbound' ? Promise.reject(new IvrError('STORAGE_FAILED', 'not now')) : Promise.resolve(),
  });
  await queued.callbacks[0]?.ended;
  expect(dialledTo(queued)).toEqual([]);
  expect(queued.line.fact('callback-ended')).toMatchObject({ because: 'not-called' });
  const [entry] = queued.service.floor.entries.values();
  expect([entry?.attempts, entry?.is.at]).toEqual([0, 'deferred']);
  expect(await proven(queued)).toBe(true);
});

test('a trunk that is out costs no try', async () => {
  await using queued = await booked();
  await outcome(queued, { outcome: 'failed', status: 503 });
  expect(queued.line.fact('callback-ended')).toMatchObject({ because: 'not-called' });
  const [entry] = queued.service.floor.entries.values();
  expect([entry?.attempts, entry?.is.at]).toEqual([0, 'deferred']);
});

test('what fails after the end was told tells no other end', async () => {
  await using queued = await booked();
  await answers(queued);
  const telephone = customer(queued);
  if (telephone === undefined) throw new Error('there is no call');
  telephone.play = () => {
    throw new Error('a defect');
  };
  telephone.key('2');
  await queued.callbacks[0]?.ended;
  const ends = queued.line.facts.filter(({ type }) => type === 'callback-ended');
  expect(ends).toMatchObject([{ because: 'not-needed' }]);
  expect(queued.store.rows.at(-1)).toMatchObject({ type: 'entry-ended', because: 'cancelled' });
});

test('the agent reads what was said in the first call; what was proved in it is not proved of whoever answers', async () => {
  const known: { contexts?: QueuedLine['contexts'] } = {};
  const happened = (contact: ContactId, fact: CallFact): void =>
    known.contexts?.follow({ v: CALL_EVENT_VERSION, contact, seq: 1, at: wallMs(0), t_ms: 0, ...fact });
  const offered = (contact: ContactId, leg: LegId): void =>
    happened(contact, { type: 'call-offered', leg, direction: 'inbound', from: '', to: '', sip_call_id: '' });
  await using queued = await openQueuedLine(
    { callback },
    {
      outboundWays,
      intendToRecord({ contact, leg }) {
        offered(contact, leg);
        return Promise.resolve();
      },
    },
  );
  known.contexts = queued.contexts;
  const { contact } = queued.line.call;
  const turn = turnId(contact, 1);
  offered(contact, 'leg' as LegId);
  happened(contact, { type: 'looked-up', turn, service: 'verify-pin', outcome: 'done', took_ms: 1 });
  const text = 'How can I help?';
  happened(contact, { type: 'prompt-started', turn, prompt: 'p', text, personal: false, cached: true });
  expect(queued.contexts.of(contact)?.verified).toBeDefined();
  await books(queued);
  await answers(queued);
  customer(queued)?.key('1');
  await calm();
  customer(queued)?.finish();
  await calm();
  const context = queued.last('offer')?.offer.context;
  expect(context?.contact).not.toBe(contact);
  expect(context).toMatchObject({ transcript: [{ text }], pastContacts: [{ contact, outcome: 'callback' }] });
  expect(context?.verified).toBeUndefined();
});

test('one that is withdrawn while its number is read is not called', async () => {
  const clock = new ManualClock();
  const rules = setOf(queueOf('service', { callback }));
  await using service = await openQueueService(new MemoryStore(), {
    node: 'node',
    rules,
    clock,
    logger: silentLogger,
  });
  const read = deferred<object>();
  let placed = 0;
  const queues = { service, callbacks: { of: () => read.promise } };
  const services = { queues, dialogueOf: () => ({}), clock, logger: silentLogger };
  const stop = openCallbackCalls(services as unknown as CallbackServices, {
    place() {
      placed += 1;
      return true;
    },
  });
  const profile = { queues: { service: 1 }, skills: {}, languages: ['en'] };
  await service.tell({ type: 'agent-came', agent: 'wei', device: 'telephone', ...profile });
  const { incarnation } = service;
  const asked = { entry: 'e', contact: 'c' as ContactId, queue: 'service', customer: 'hash', incarnation };
  await service.tell({ type: 'customer-asked', kind: 'callback', needs: { skills: {} }, ...asked });
  expect(service.floor.entries.get('e')?.is.at).toBe('dialling');
  await service.tell({ type: 'customer-left', entry: 'e', because: 'cancelled' });
  read.resolve({ number: '+15550104567', line: 'bank', dialplan: 'short' });
  await calm();
  stop();
  expect(placed).toBe(0);
});

test('a number that was called often enough today is not called again: the customer waits on, the agent is told', async () => {
  await using queued = await openQueuedLine({ callback }, { outboundWays });
  queued.refusing.numbers = true;
  await queued.asks();
  await queued.time(1_000);
  for (const key of ['1', '1']) {
    queued.line.at().key(key);
    await calm();
  }
  expect(queued.line.at().told).toContain('play I am sorry, a callback cannot be arranged at present.');
  expect([...queued.service.floor.entries.values()]).toMatchObject([{ kind: 'call', is: { at: 'waiting' } }]);
  await queued.signIn();
  await accepted(queued);
  const appointment = { at: wallAfter(queued.line.clock.wall(), 3_600_000), number: '+15550109999' };
  await expect(queued.desks.bookCallback('wei', appointment)).rejects.toMatchObject({
    code: 'TRANSFER_REFUSED',
    facts: { because: 'called-often' },
  });
  expect(queued.kept.size).toBe(0);
});

test('an agent books a callback for the customer on the line: called then, in a call of its own, once for the number', async () => {
  await using queued = await openQueuedLine({ callback }, { outboundWays });
  await queued.signIn();
  await queued.asks();
  await accepted(queued);
  const at = wallAfter(queued.line.clock.wall(), 3_600_000);
  await queued.desks.bookCallback('wei', { at });
  await expect(queued.desks.bookCallback('wei', { at })).rejects.toMatchObject({ code: 'TRANSFER_REFUSED' });
  await expect(queued.desks.bookCallback('wei', { at: wallMs(1) })).rejects.toMatchObject({ code: 'USAGE' });
  expect(queued.desks.callbacks('wei')).toMatchObject([{ queue: 'service', retryAt: at }]);
  expect([...queued.kept.values()]).toMatchObject([{ number: '+15550104567' }]);
  await queued.desks.hangUp('wei');
  queued.line.dialog.end('bye');
  await queued.line.call.ended;
  expect(dialledTo(queued)).toEqual([]);
  await queued.time(3_600_000);
  expect(dialledTo(queued)).toHaveLength(1);
  expect(await proven(queued)).toBe(true);
});
