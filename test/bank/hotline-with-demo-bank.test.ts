import { expect, test } from 'vitest';
import { openTrialBank } from '../../src/app/open-bank.ts';
import type { DialogueEffect, DialogueEvent } from '../../src/dialogue/dialogue.ts';
import { loadDialplan } from '../../src/dialogue/load-dialplan.ts';
import { type UninterpretedEvent } from '../../src/dialogue/understanding.ts';
import { Secret } from '../../src/domain/secret.ts';
import { BUILT_IN_SERVICES } from '../../src/services/open-services.ts';
import { openSimulation } from '../dialogue/support/simulate.ts';
import { ManualClock } from '../support/manual-clock.ts';

const say = (words: string): UninterpretedEvent => ({
  type: 'said',
  heard: [{ words: words.split(' '), confidence: 0.9, free: false }],
});
const pin = (digits: string): DialogueEvent => ({ type: 'keyed', digits: new Secret(digits) });

const dialogue = await loadDialplan('dialplans/bank-hotline.yaml', {
  grammarsDirectory: 'grammars',
  services: BUILT_IN_SERVICES,
});
const isLookUp = (effect: DialogueEffect) => effect.do === 'look-up';

/** The shipped dialplan on the demo bank: look-ups go to the bank as in a call. */
async function call(...events: readonly UninterpretedEvent[]): Promise<readonly string[]> {
  await using bank = openTrialBank(new ManualClock());
  const simulation = openSimulation(dialogue, { contact: 'c', caller: '+1' });
  for (const event of events) {
    let request = simulation.send(event).find(isLookUp);
    while (request !== undefined) {
      const result = await bank.call(request.service, request.args, new AbortController().signal);
      request = simulation.send({ type: 'looked-up', id: request.id, result }).find(isLookUp);
    }
  }
  return simulation.lines;
}

test('every demo customer hears their own balance', async () => {
  for (const [account, secret, balance] of [
    [
      '12345678',
      '2468',
      'ends in five six seven eight is one thousand two hundred thirty-four dollars and fifty-six cents',
    ],
    ['87654321', '1357', 'ends in four three two one is twenty thousand five hundred dollars'],
    ['11223344', '9999', 'is minus seventy-five dollars and twenty cents'],
    ['40050060', '0007', 'is three hundred ten euros and one cent'],
  ] as const)
    expect(await call(say('balance'), { type: 'keyed', digits: account }, pin(secret))).toContainEqual(
      expect.stringContaining(balance),
    );
});

test("the third wrong PIN ends the caller's tries: a person, and the account stays open", async () => {
  const lines = await call(
    say('balance'),
    { type: 'keyed', digits: '12345678' },
    pin('0000'),
    pin('0000'),
    pin('0000'),
  );
  expect(lines.at(-1)).toBe('transfer: pin-refused');
});

test('another account needs a PIN of its own', async () => {
  const lines = await call(
    say('balance'),
    { type: 'keyed', digits: '12345678' },
    pin('2468'),
    say('i lost my card'),
    say('no'),
    say('another number'),
    { type: 'keyed', digits: '87654321' },
    say('no'),
    say('another number'),
    { type: 'keyed', digits: '87654321' },
    say('yes'),
    say('no'),
    say('balance'),
  ); // prettier-ignore
  expect(lines).toContainEqual(expect.stringContaining('The card is blocked.'));
  expect(lines.at(-1)).toBe('bot: Please key in your four digit PIN. Do not say it. It is not recorded.');
});
