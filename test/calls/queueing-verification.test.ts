import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadDialplan } from '../../src/dialogue/load-dialplan.ts';
import type { LookUpResult } from '../../src/dialogue/dialogue.ts';
import { BUILT_IN_SERVICES } from '../../src/services/open-services.ts';
import { calm, openQueuedLine, type QueuedLine } from './queued-line.ts';
import { accepted, hungUpBy, joined } from './queued-visit.ts';
import { said } from './transferred-line.ts';

/* An agent sends the customer back to the dialplan, which verifies them again; `bank-hotline` has the way. */

const HOTLINE = join(import.meta.dirname, '../../dialplans/bank-hotline.yaml');

async function talking(bank: () => Promise<LookUpResult>): Promise<QueuedLine> {
  const dialogue = await loadDialplan(HOTLINE, {
    grammarsDirectory: join(import.meta.dirname, '../../grammars'),
    services: BUILT_IN_SERVICES,
  });
  const queued = await openQueuedLine({}, { dialogue, bank });
  await queued.signIn();
  const { line } = queued;
  for (let n = 0; n < 4; n++) line.at().finish(); // notices, greeting
  await queued.asks();
  line.at().finish();
  await calm();
  await accepted(queued);
  expect(joined(queued)).toBe(true);
  return queued;
}

/** The words that play have been heard, and those that follow. */
async function heard({ line }: QueuedLine): Promise<void> {
  for (let n = 0; n < 4; n++) {
    line.at().finish();
    await calm();
  }
}

/** The dialplan asks for a person again; nobody is called oftener than once a second. */
async function back(queued: QueuedLine): Promise<void> {
  await heard(queued);
  await queued.time(1_000);
}

async function keys(queued: QueuedLine, digits: string): Promise<void> {
  await heard(queued);
  for (const digit of digits) queued.line.at().key(digit);
  await calm();
}

const proves = () =>
  Promise.resolve<LookUpResult>({ outcome: 'done', values: { session: 's', customer: 'Wang Fang' } });

test('the agent waits and reads along; the customer proves who they are, and is back with the same agent', async () => {
  await using queued = await talking(proves);
  const { line, desks, service } = queued;
  expect(queued.last('talk')?.talk.verification).toBe('possible');
  const { entry } = service.floor.agents.get('wei') ?? {};
  await desks.returnToBot('wei', 'verify');
  await calm();
  expect([line.at().bridgedWith, service.floor.agents.get('wei')?.state]).toEqual([undefined, 'hold']);
  expect(queued.last('talk')?.talk).toMatchObject({ held: true, verification: 'under-way' });
  await expect(desks.hold('wei', false)).rejects.toMatchObject({ facts: { because: 'verifying' } });
  await keys(queued, '12345678#');
  await keys(queued, '1');
  await keys(queued, '2468#');
  await back(queued);
  expect(said(line)).toContain('Please key in your four digit PIN. Do not say it. It is not recorded.');
  expect([joined(queued), service.floor.agents.get('wei')?.state, said(line)]).toEqual([
    true,
    'talking',
    expect.anything(),
  ]);
  expect(service.floor.agents.get('wei')?.entry).toBe(entry);
  expect(queued.last('talk')?.talk).toMatchObject({ held: false, verification: 'possible' });
  expect(line.types('verification-began', 'verification-ended', 'looked-up')).toEqual([
    'verification-began',
    'looked-up',
    'verification-ended',
  ]);
  // the bot is deaf again, and the conversation ends as any other
  expect(line.at().told.findLast((each) => each === 'deaf' || each === 'listen')).toBe('deaf');
  await desks.hangUp('wei');
  await calm();
  expect(service.floor.agents.get('wei')?.state).toBe('wrap-up');
  await hungUpBy(queued);
});

test('whoever does not wait has the customer back at once, in the middle of the PIN; the dialplan stands where it stood', async () => {
  await using queued = await talking(proves);
  const { line, desks } = queued;
  await desks.returnToBot('wei', 'verify');
  await keys(queued, '12345678#');
  await keys(queued, '1');
  await keys(queued, '24');
  await desks.endVerification('wei');
  await queued.time(1_000);
  expect(joined(queued)).toBe(true);
  expect(line.fact('verification-ended')).toMatchObject({ outcome: 'not-verified' });
  expect(line.recordingNotes.findLast((note) => note.startsWith('secure'))).toBe('secure-ended');
  await desks.hangUp('wei');
  await calm();
  expect(queued.service.floor.entries.size).toBe(0);
  await hungUpBy(queued);
});

test('after three minutes the agent who waits has the customer back', async () => {
  await using queued = await talking(proves);
  await queued.desks.returnToBot('wei', 'verify');
  await queued.time(179_000); // a bot whose words never end
  expect(joined(queued)).toBe(false);
  await queued.time(2_000);
  await queued.time(1_000);
  expect([joined(queued), queued.line.types('verification-ended').length]).toEqual([true, 1]);
  await hungUpBy(queued);
});

test('the agent goes on to others: the customer has the place that they had, and goes to that agent first', async () => {
  await using queued = await talking(proves);
  const { line, desks, service } = queued;
  const first = [...service.floor.entries.values()][0];
  await desks.returnToBot('wei', 'verify');
  await calm();
  await desks.hangUp('wei');
  await calm();
  expect(service.floor.agents.get('wei')?.state).toBe('wrap-up');
  await keys(queued, '12345678#');
  await keys(queued, '1');
  await keys(queued, '2468#');
  await back(queued);
  const [again] = service.floor.entries.values();
  expect(again).toMatchObject({ queue: 'service', place: first?.place, needs: { last_agent: 'wei' } });
  expect(again?.id).not.toBe(first?.id);
  await service.tell({ type: 'wrap-up-ended', agent: 'wei' });
  await calm();
  await accepted(queued);
  expect(line.at().bridgedWith).toBe(line.at(4));
  expect(line.types('agent-answered')).toHaveLength(2);
  await hungUpBy(queued);
});

test('a customer who hangs up while the bot verifies them, and one whose agent has gone: nothing is left', async () => {
  for (const leaves of [false, true]) {
    await using queued = await talking(proves);
    await queued.desks.returnToBot('wei', 'verify');
    if (leaves) await queued.desks.hangUp('wei');
    await calm();
    await hungUpBy(queued);
    expect(queued.line.endpoints.filter(({ closed }) => !closed)).toHaveLength(1); // the agent's standing line
  }
});

test('what the bank does not confirm is told as it is, and the customer is back all the same', async () => {
  await using queued = await talking(() => Promise.resolve({ outcome: 'failed' }));
  await queued.desks.returnToBot('wei', 'verify');
  await keys(queued, '12345678#');
  await keys(queued, '1');
  await keys(queued, '2468#');
  await back(queued);
  expect(joined(queued)).toBe(true);
  expect(queued.line.fact('verification-ended')).toMatchObject({ outcome: 'not-verified' });
  await hungUpBy(queued);
});
