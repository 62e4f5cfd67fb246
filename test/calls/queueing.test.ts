import { expect, test } from 'vitest';
import type { DeskEvent } from '../../src/agents/agent-desk.ts';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import { smallGrammars, smallPlan, SMALL_SERVICES } from '../dialogue/support/small-plan.ts';
import { calm, openQueuedLine } from './queued-line.ts';
import { accepted, hungUpBy, joined, offered } from './queued-visit.ts';
import { said } from './transferred-line.ts';

test('the browser is called before any offer; the desk shows who calls; accepting joins what stands already', async () => {
  await using queued = await offered();
  const { line } = queued;
  expect(line.dialled).toHaveLength(1);
  expect(queued.last('offer')?.offer).toMatchObject({ queue: 'service', kind: 'call' });
  // two legs between, beside the customer and beside the browser; the one beside the customer records
  expect(line.at(2).options).toMatchObject({ near: line.at(0), record: { track: 'agent' } });
  expect(line.at(3).options).toMatchObject({ near: line.at(1), remoteSdp: line.at(2).localSdp });
  expect(line.at(3).options.record).toBeUndefined();
  expect(joined(queued)).toBe(false);
  const made = line.endpoints.length;
  await accepted(queued);
  expect(joined(queued)).toBe(true);
  expect([line.endpoints.length, line.dialled.length]).toEqual([made, 1]);
  expect(line.fact('agent-answered')).toMatchObject({ agent: 'wei', queue: 'service' });
  expect(queued.last('talk')?.talk).toMatchObject({ held: false });
  expect(line.at().told.findLast((each) => each === 'deaf' || each === 'listen')).toBe('deaf');
  await hungUpBy(queued);
});

test('a queue that the file does not have is the default one, and the customer hears no apology', async () => {
  const plan = smallPlan([['because: requested\n', 'because: requested\n    queue: fraud\n']]);
  const dialogue = openDialogue('small.yaml', plan, smallGrammars, SMALL_SERVICES);
  await using queued = await openQueuedLine({}, { dialogue });
  await queued.signIn();
  queued.line.at().finish(); // the notice
  await queued.asks();
  expect(queued.last('offer')?.offer).toMatchObject({ queue: 'service' });
  expect(said(queued.line).join()).not.toContain('cannot be put through');
  await hungUpBy(queued);
});

test('hold gives the customer music, resume the agent back; the desk hangs up and the bot goes on', async () => {
  await using queued = await offered();
  const { line, desks, service } = queued;
  await accepted(queued);
  await desks.hold('wei', true);
  expect([line.at().bridgedWith, service.floor.agents.get('wei')?.state]).toEqual([undefined, 'hold']);
  expect(said(line).at(-1)).toBe('music');
  await desks.hold('wei', false);
  expect([joined(queued), service.floor.agents.get('wei')?.state]).toEqual([true, 'talking']);
  await desks.pauseRecording('wei', true);
  expect(queued.last('talk')?.talk.pausedUntil).toBe(line.clock.wall() + 60_000);
  await desks.hangUp('wei');
  await calm();
  expect([line.at().bridgedWith, service.floor.agents.get('wei')?.state]).toEqual([undefined, 'wrap-up']);
  expect(queued.last('talk-ended')).toMatchObject({ because: 'completed' });
  expect(said(line).at(-1)).toBe('Goodbye.');
  await hungUpBy(queued);
});

test('declined, and not answered: the customer keeps the place and hears where they stand', async () => {
  await using queued = await offered();
  const { line, desks } = queued;
  const { entry = '', fence = 0 } = queued.last('offer')?.offer ?? {};
  await desks.decline('wei', entry, fence);
  await calm();
  expect(line.fact('agent-missed')).toMatchObject({ because: 'declined' });
  await expect(desks.accept('wei', entry, fence)).rejects.toMatchObject({ code: 'OFFER_OVER' });
  await queued.time(10_000); // and is offered again
  expect(queued.last('offer')?.offer).toMatchObject({ entry });
  await queued.time(15_000);
  expect(line.fact('agent-missed')).toMatchObject({ because: 'no-answer' });
  expect(said(line)).toContain('You are the next in line.');
  await hungUpBy(queued);
});

test('the page is loaded again in the middle of a conversation: music, and the agent is back', async () => {
  await using queued = await openQueuedLine();
  const browser = await queued.signIn();
  await queued.asks();
  await accepted(queued);
  browser.end('bye');
  await calm();
  expect(queued.line.at().bridgedWith).toBeUndefined();
  expect(said(queued.line).at(-1)).toBe('music');
  await queued.time(3_000); // it is called again
  await queued.browserAnswers();
  const { line } = queued;
  expect([line.at(0).bridgedWith, line.at(4).bridgedWith]).toEqual([line.at(2), line.at(3)]);
  expect(queued.service.floor.agents.get('wei')).toMatchObject({ state: 'talking', reachable: true });
  await hungUpBy(queued);
});

test('a page that does not come back: an apology, and the customer waits for another agent', async () => {
  await using queued = await openQueuedLine();
  const browser = await queued.signIn();
  await queued.asks();
  await accepted(queued);
  browser.end('bye');
  await calm();
  await queued.time(20_000);
  expect(said(queued.line).some((each) => each.includes('connection to the agent was lost'))).toBe(true);
  const [first, second] = queued.store.rows.filter((row) => row.type === 'entry-joined');
  expect(second).toMatchObject({
    place: first?.type === 'entry-joined' ? first.place : 0,
    returned_from: first?.type === 'entry-joined' ? first.entry : '',
  });
  expect(queued.line.facts.findLast(({ type }) => type === 'queue-entered')).toMatchObject({ returned: true });
  expect([...queued.service.floor.entries.values()].map(({ is }) => is.at)).toEqual(['waiting']);
  await hungUpBy(queued);
});

test('the customer hangs up while the agent is offered: nothing rings on, and the agent is free', async () => {
  await using queued = await offered();
  await hungUpBy(queued);
  expect(queued.last('offer-ended')).toMatchObject({ because: 'abandoned' });
  expect(queued.service.floor.agents.get('wei')?.state).toBe('available');
  expect(queued.line.at(2).closed && queued.line.at(3).closed).toBe(true);
});

test('passed on to another queue; to one that is not there it is refused', async () => {
  await using queued = await offered();
  await accepted(queued);
  await expect(queued.desks.transfer('wei', { queue: 'nowhere' })).rejects.toMatchObject({ code: 'TRANSFER_REFUSED' });
  await expect(queued.desks.transfer('wei', { number: '95588' })).rejects.toMatchObject({ code: 'TRANSFER_REFUSED' });
  await queued.desks.transfer('wei', { queue: 'cards' });
  await calm();
  expect([...queued.service.floor.entries.values()]).toMatchObject([{ queue: 'cards', is: { at: 'waiting' } }]);
  expect(queued.service.floor.agents.get('wei')?.state).toBe('wrap-up');
  await hungUpBy(queued);
});

test('satisfaction is asked for, and counted for agent and queue', async () => {
  await using queued = await offered();
  await accepted(queued);
  await queued.desks.returnToBot('wei', 'satisfaction');
  await calm();
  queued.line.at().key('4');
  await calm();
  expect(queued.line.fact('satisfaction-given')).toMatchObject({ agent: 'wei', queue: 'service', score: 4 });
  expect(queued.store.rows.find(({ type }) => type === 'satisfaction-answered')).toMatchObject({
    score: 4,
    flow: 'short',
  });
  await hungUpBy(queued);
});

test('tickets and wrap-up are of the customer whom the agent talked to, and of nobody else', async () => {
  await using queued = await offered();
  const contact = queued.last('offer')?.offer.context.contact ?? queued.line.call.contact;
  await expect(queued.desks.openTicket('wei', { contact, department: 'disputes', text: 'x' })).rejects.toMatchObject({
    code: 'NO_TALK',
  });
  await accepted(queued);
  expect(await queued.desks.openTicket('wei', { contact, department: 'disputes', text: 'x' })).toEqual({ id: 't1' });
  await hungUpBy(queued);
  await expect(queued.desks.wrapUp('wei', { contact, reason: 'Ms Chen', notes: '' })).rejects.toMatchObject({
    code: 'USAGE',
  });
  await expect(queued.desks.choose('wei', 'break', 'Ms Chen')).rejects.toMatchObject({ code: 'USAGE' });
  await queued.desks.wrapUp('wei', { contact, reason: 'resolved', notes: '' });
  expect(queued.wrapUps).toMatchObject([{ contact, reason: 'resolved' }]);
  expect(queued.service.floor.agents.get('wei')?.state).toBe('available');
});

test('a desk that is left: nobody is offered, and the agent is signed out in the end', async () => {
  await using queued = await openQueuedLine();
  await queued.signIn();
  const agent = () => queued.service.floor.agents.get('wei');
  queued.stopDesk();
  await queued.time(4_000);
  expect(agent()).toMatchObject({ reachable: true }); // the page may be loaded again
  await queued.time(1_000);
  expect(agent()).toMatchObject({ state: 'available', reachable: false });
  await queued.asks();
  expect([...queued.service.floor.entries.values()].map(({ is }) => is.at)).toEqual(['waiting']);
  await queued.time(120_000);
  expect(agent()).toMatchObject({ state: 'signed-out' });
  await hungUpBy(queued);
});

test('a conversation that ended is told again to a page that was not there, until it is wrapped up', async () => {
  await using queued = await offered();
  await accepted(queued);
  const contact = queued.last('talk')?.talk.contact;
  await queued.desks.hangUp('wei');
  await calm();
  const told: DeskEvent[] = [];
  queued.desks.subscribe('wei', (event) => void told.push(event))();
  expect(told).toMatchObject([
    { type: 'talk-ended', contact, because: 'completed' },
    { type: 'state', state: 'wrap-up' },
  ]);
  if (contact !== undefined) await queued.desks.wrapUp('wei', { contact, reason: 'resolved', notes: '' });
  told.length = 0;
  queued.desks.subscribe('wei', (event) => void told.push(event))();
  expect(told).toMatchObject([{ type: 'state', state: 'available' }]);
  await hungUpBy(queued);
});

test('the desk is told what cannot be done, and nothing else is refused for good', async () => {
  await using queued = await offered();
  const { desks } = queued;
  await accepted(queued);
  expect(desks.setup('wei')).toMatchObject({ canConsult: false, devices: ['browser'] });
  await expect(desks.consult('wei', { queue: 'cards' })).rejects.toMatchObject({
    code: 'TRANSFER_REFUSED',
    facts: { because: 'two-at-a-time' },
  });
  await expect(desks.returnToBot('wei', 'verify')).rejects.toMatchObject({ code: 'TRANSFER_REFUSED' });
  await hungUpBy(queued);
});

test('a device that cannot be called signs nobody in', async () => {
  await using queued = await openQueuedLine();
  await expect(queued.desks.signIn('wei', 'telephone')).rejects.toMatchObject({ code: 'AGENT_UNREACHABLE' });
  expect(queued.service.floor.agents.get('wei')).toBeUndefined();
});

test('what a supervisor changed stays when the page is loaded again', async () => {
  await using queued = await openQueuedLine();
  await queued.signIn();
  const agent = () => queued.service.floor.agents.get('wei')?.profile.queues;
  const queues = { service: 7, cards: 2 };
  await queued.service.tell({ type: 'profile-changed', agent: 'wei', queues, skills: {}, languages: ['en'] });
  const again = queued.desks.signIn('wei', 'browser', ['cards', 'service']);
  await queued.browserAnswers();
  await again;
  expect(agent()).toEqual(queues);
  // whoever chooses other queues has the levels of the configuration
  const other = queued.desks.signIn('wei', 'browser', ['service']);
  await queued.browserAnswers();
  await other;
  expect(agent()).toEqual({ service: 1 });
});
