import { expect, test, vi } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { FakeDialog } from './fake-dialog.ts';
import { calm, openQueuedLine } from './queued-line.ts';
import { accepted, hungUpBy, joined, offered } from './queued-visit.ts';
import { said } from './transferred-line.ts';

/* What is lost while a customer waits or talks, and what then becomes of the customer. */

test('the browser dies between the answer and its row: the customer waits for another agent, and hears so', async () => {
  await using queued = await openQueuedLine();
  const browser = await queued.signIn();
  await queued.asks();
  const { entry = '', fence = 0 } = queued.last('offer')?.offer ?? {};
  const accepting = queued.desks.accept('wei', entry, fence);
  browser.end('bye'); // nothing has been written so far
  await expect(accepting).rejects.toMatchObject({ code: 'OFFER_OVER' });
  await calm();
  const { line, service, store } = queued;
  expect(store.rows.some((row) => row.type === 'entry-answered' && row.entry === entry)).toBe(true);
  expect(line.fact('agent-left')).toMatchObject({ entry, agent: 'wei', because: 'agent-lost' });
  expect(said(line).some((each) => each.includes('connection to the agent was lost'))).toBe(true);
  expect(said(line).at(-1)).toBe('music');
  expect([...service.floor.entries.values()].map(({ is }) => is.at)).toEqual(['waiting']);
  expect(service.floor.agents.get('wei')?.state).toBe('wrap-up');
  await hungUpBy(queued);
});

test('accepted and declined at once: the answer counts', async () => {
  await using queued = await offered();
  const { entry = '', fence = 0 } = queued.last('offer')?.offer ?? {};
  const accepting = queued.desks.accept('wei', entry, fence);
  await expect(queued.desks.decline('wei', entry, fence)).rejects.toMatchObject({ code: 'OFFER_OVER' });
  await accepting;
  await calm();
  expect(joined(queued)).toBe(true);
  await hungUpBy(queued);
});

test('the browser of an agent who is offered somebody dies: the offer ends, and no other is made meanwhile', async () => {
  await using queued = await openQueuedLine();
  const browser = await queued.signIn();
  await queued.asks();
  browser.end('bye');
  await calm();
  expect(queued.store.rows.filter(({ type }) => type === 'entry-offered')).toHaveLength(1);
  expect(queued.last('offer-ended')).toMatchObject({ because: 'unreachable' });
  await hungUpBy(queued);
});

test('the page signs in once more in the middle of a conversation: the customer hears music until it is there', async () => {
  await using queued = await offered();
  const { line, desks } = queued;
  await accepted(queued);
  const signing = desks.signIn('wei', 'browser');
  await calm();
  expect([line.at().bridgedWith, said(line).at(-1)]).toEqual([undefined, 'music']);
  await queued.browserAnswers();
  await signing;
  expect([line.at(0).bridgedWith, line.at(4).bridgedWith]).toEqual([line.at(2), line.at(3)]);
  expect(line.at().playing.filter(({ request }) => request.loop === true)).toEqual([]);
  await hungUpBy(queued);
});

test('all agents of the queue leave while somebody waits: the customer hears so, and the bot goes on', async () => {
  await using queued = await openQueuedLine({ waitUnstaffed: false });
  const { line, desks, service } = queued;
  await queued.signIn();
  await desks.choose('wei', 'break', 'lunch');
  await queued.asks();
  await queued.time(31_000);
  expect(service.floor.entries.size).toBe(1); // whoever is on a break comes back
  await desks.signOut('wei');
  await queued.time(59_000);
  expect(service.floor.entries.size).toBe(1);
  await queued.time(31_000);
  expect(said(line).at(-1)).toBe('I am sorry, no agent is at work at present.');
  expect(service.floor.entries.size).toBe(0);
  expect(line.fact('queue-refused')).toMatchObject({ queue: 'service', because: 'unstaffed' });
  const before = said(line).length;
  line.at().finish();
  await calm();
  expect(said(line).length).toBeGreaterThan(before);
  await hungUpBy(queued);
});

test('this node was taken for gone: who asks meanwhile is told so, and does not wait for ever', async () => {
  await using queued = await openQueuedLine();
  const { service, line } = queued;
  const { node, incarnation } = service;
  await service.tell({ type: 'node-went', node, incarnation, because: 'silent' });
  await queued.asks();
  expect(said(line).at(-1)).toBe('I am sorry, you cannot be put through at present.');
  await hungUpBy(queued);
});

test('this node was taken for gone, and is back: its agents are there again', async () => {
  await using queued = await openQueuedLine();
  await queued.signIn();
  const { node, incarnation, floor } = queued.service;
  expect(floor.agents.get('wei')?.reachable).toBe(true);
  await queued.service.tell({ type: 'node-went', node, incarnation, because: 'silent' });
  expect(queued.service.floor.agents.get('wei')?.reachable).toBe(false);
  await queued.time(3_000);
  expect(queued.service.floor.agents.get('wei')?.reachable).toBe(true);
  await queued.time(2_000); // with the next renewal of the lease
  await queued.asks();
  expect(queued.last('offer')?.offer).toMatchObject({ queue: 'service' });
  await hungUpBy(queued);
});

test('whoever is on hold is put through to a number: the music ends, and the journal masks the number', async () => {
  const way = { gateway: 'g', uri: 'sip:+8613812345678@g', from: '<sip:95588@g>', headers: {} };
  await using queued = await openQueuedLine(
    {},
    { outboundWays: (person) => (person.startsWith('tel:') ? [way] : undefined) },
  );
  const { line, desks } = queued;
  await queued.signIn();
  await queued.asks();
  await accepted(queued);
  await desks.hold('wei', true);
  await desks.transfer('wei', { number: '+8613812345678' });
  await calm();
  expect(line.dialled.at(-1)?.request.uri).toBe('sip:+8613812345678@g');
  line.endpoints.at(-1)?.emit({ type: 'rtp-began' });
  line.dialled.at(-1)?.outcome.resolve({ outcome: 'answered', dialog: new FakeDialog('person answer') });
  await calm();
  expect(line.at().bridgedWith).toBe(line.endpoints.at(-1));
  expect(line.at().playing.filter(({ request }) => request.loop === true)).toEqual([]);
  expect(line.fact('transfer-ringing')).toMatchObject({ to: 'tel:+*********5678' });
  await hungUpBy(queued);
});

test('the desk is told when the recording goes on: by time, and because the customer was put on hold by their own telephone', async () => {
  await using queued = await offered();
  const { line, desks } = queued;
  await accepted(queued);
  await desks.pauseRecording('wei', true);
  expect(queued.last('talk')?.talk.pausedUntil).toBe(line.clock.wall() + 60_000);
  await queued.time(60_000);
  expect(queued.last('talk')?.talk).not.toHaveProperty('pausedUntil');
  await desks.pauseRecording('wei', true);
  expect(queued.last('talk')?.talk).toHaveProperty('pausedUntil');
  await line.dialog.answerOffer('a=sendonly');
  await calm();
  expect(queued.last('talk')?.talk).not.toHaveProperty('pausedUntil');
  await hungUpBy(queued);
});

test('a defect in a visit ends that alone: the bot goes on, and nobody is offered a customer who does not wait', async () => {
  await using queued = await openQueuedLine();
  const { line, service } = queued;
  await queued.asks();
  vi.spyOn(line.at(), 'play').mockImplementationOnce(() => {
    throw new Error('a defect');
  });
  await queued.time(1_000);
  expect(service.floor.entries.size).toBe(0);
  expect(said(line).at(-1)).not.toBe('music');
  await hungUpBy(queued);
});

test('a desk telephone falls silent and is heard again: music for the customer meanwhile, then the same agent', async () => {
  await using queued = await openQueuedLine({}, { telephone: 'sip:wei@desk' });
  const { line, desks, service } = queued;
  await desks.signIn('wei', 'telephone');
  await calm();
  await queued.asks();
  const { outcome } = line.dialled[0] ?? {};
  outcome?.resolve({ outcome: 'answered', dialog: new FakeDialog('telephone answer') });
  line.at(1).emit({ type: 'rtp-began' });
  await calm();
  line.at(1).key('1');
  await calm();
  expect(line.at().bridgedWith).toBe(line.at(1));
  line.at(1).emit({ type: 'rtp-lost', silent: ms(5_000) });
  await calm();
  expect([line.at().bridgedWith, said(line).at(-1)]).toEqual([undefined, 'music']);
  line.at(1).emit({ type: 'rtp-began' });
  await calm();
  await queued.time(20_000);
  expect(line.at().bridgedWith).toBe(line.at(1));
  expect([service.floor.agents.get('wei')?.state, line.types('agent-left')]).toEqual(['talking', []]);
  await hungUpBy(queued);
});
