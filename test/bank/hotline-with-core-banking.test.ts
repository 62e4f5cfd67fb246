import { expect, test } from 'vitest';
import { loadDialplan } from '../../src/dialogue/load-dialplan.ts';
import { Secret } from '../../src/domain/secret.ts';
import { BUILT_IN_SERVICES, openServices } from '../../src/services/open-services.ts';
import { openSimulation } from '../dialogue/support/simulate.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { consoleSender } from '../../src/second-factor/console-sender.ts';
import { never, opened, overHttp, WIRES } from './support/core-banks.ts';

const noCodes = consoleSender(undefined);

/* The shipped dialplan on the demo bank as a server of its own, over HTTP. */

test('the shipped hotline tells a balance and blocks a card over the port', { timeout: 60_000 }, async () => {
  const dialogue = await loadDialplan('dialplans/bank-hotline.yaml', {
    grammarsDirectory: 'grammars',
    services: BUILT_IN_SERVICES,
  });
  await using scope = opened();
  const bank = openServices(await overHttp(scope), noCodes, systemClock);
  const simulation = openSimulation(dialogue, { contact: 'c', caller: '+1' });
  for (const event of [
    { type: 'said', heard: [{ words: ['balance'], confidence: 0.9, free: false }] },
    { type: 'keyed', digits: '12345678' },
    { type: 'keyed', digits: new Secret('2468') },
  ] as const) {
    let request = simulation.send(event).find((effect) => effect.do === 'look-up');
    while (request !== undefined) {
      const result = await bank.call(request.service, request.args, never);
      request = simulation
        .send({ type: 'looked-up', id: request.id, result })
        .find((effect) => effect.do === 'look-up');
    }
  }
  expect(simulation.lines).toContainEqual(
    expect.stringContaining('one thousand two hundred thirty-four dollars and fifty-six cents'),
  );
});

test.each(WIRES)(
  'a complaint in any script has its ticket over %s, and the same one when it is sent twice',
  {
    timeout: 60_000,
  },
  async (_, open) => {
    await using scope = opened();
    const bank = openServices(await open(scope), noCodes, systemClock);
    const complain = (said: string, contact = 'call 1') => bank.call('open-ticket', { contact, said }, never);
    const first = await complain('取款机吞了我的卡，要投诉');
    expect(first).toEqual({ outcome: 'done', values: { ticket: 'TK10001', grade: 3 } });
    expect(await complain('取款机吞了我的卡，要投诉')).toEqual(first);
    expect(await complain('取款机吞了我的卡，要投诉', 'call 2')).toMatchObject({ values: { ticket: 'TK10002' } });
    expect(await complain('the branch\nwas closed')).toMatchObject({ values: { ticket: 'TK10003' } });
  },
);

test('the services answer as those of the demo bank in memory did', { timeout: 60_000 }, async () => {
  await using scope = opened();
  const bank = openServices(await overHttp(scope), noCodes, systemClock);
  const call = (service: string, args: Readonly<Record<string, string | Secret>>) => bank.call(service, args, never);
  const block = await call('block-card', { account: '87654321' });
  expect(block).toEqual({ outcome: 'done', values: { reference: 'LC48290' } });
  expect(await call('block-card', { account: '87654321' })).toEqual(block);
  expect(await call('block-card', { account: '00000000' })).toEqual({ outcome: 'refused', because: 'unknown-account' });
  expect(await call('balance', { account: '12345678', session: '' })).toEqual({
    outcome: 'refused',
    because: 'not-verified',
  });
  const tries = [];
  for (const pin of ['1111', '9', '2222', '2468'])
    tries.push(await call('verify-pin', { account: '12345678', contact: 'guesser', pin: new Secret(pin) }));
  expect(tries.map((one) => one.outcome === 'refused' && one.because)).toEqual([
    'wrong-pin',
    'wrong-pin',
    'too-many-tries',
    'too-many-tries',
  ]);
});
