import { expect } from 'vitest';
import type { PhoneApp } from '../../../src/app/open-phone-app.ts';
import type { Step } from '../../../src/lab/phone/script.ts';
import { follow } from '../../support/call.ts';
import { type DebianVoice, speakToFile } from '../../support/debian-voices.ts';
import type { TestApp } from '../../support/test-app.ts';

/** What is said, and what is said when the bank asks again: whoever is asked for a number again says it digit by digit. */
const TEXTS = {
  balance: ['What is my balance?'],
  account: ['One two three four, five six seven eight.', 'One, two, three, four, five, six, seven, eight.'],
  yes: ["Yes, that's right."],
  person: ['I want to talk to a person.'],
} as const;
/** Three attempts at each of four sentences, on a machine that does other things. */
export const LIMIT_MS = 300_000;

/** Says it, and says it again if the bank asks again. */
async function* insist(bank: TestApp, files: readonly string[], understood: () => boolean): AsyncGenerator<Step> {
  for (let attempt = 0; attempt < 3 && !understood(); attempt += 1) {
    const heard = bank.events.filter(({ type }) => type === 'recognized').length;
    yield { play: files[Math.min(attempt, files.length - 1)] ?? '' };
    await bank.until('recognized', () => bank.events.filter(({ type }) => type === 'recognized').length > heard);
    // what follows a recognition is said in the same breath: the state, or the question again
    await bank.until(
      'turn-began',
      ({ seq }) => seq > (bank.events.findLast(({ type }) => type === 'recognized')?.seq ?? 0),
    );
    if (!understood())
      await bank.until(
        'prompt-finished',
        ({ seq }) => seq > (bank.events.findLast(({ type }) => type === 'recognized')?.seq ?? 0),
      );
  }
}

/** The demo's conversation in a voice that is not the product's own: every utterance is understood, or asked for again and then understood. */
export async function converse(voice: DebianVoice, phone: PhoneApp, bank: TestApp): Promise<void> {
  // all is spoken before the call: programs that speak hold this process up, and the bank lives in it
  const speak = (texts: readonly string[]): string[] => texts.map((text) => speakToFile(voice, text, bank.folder));
  const files = {
    balance: speak(TEXTS.balance),
    account: speak(TEXTS.account),
    yes: speak(TEXTS.yes),
    person: speak(TEXTS.person),
  };
  const entered = (state: string) => () =>
    bank.events.some((event) => event.type === 'state-entered' && event.state === state);
  async function* caller(): AsyncGenerator<Step> {
    await bank.until('prompt-finished', ({ prompt }) => prompt.startsWith('main'));
    yield* insist(bank, files.balance, entered('identify'));
    await bank.until('prompt-finished', ({ prompt }) => prompt.startsWith('identify'));
    const readBack = (): boolean =>
      bank.events.some((event) => event.type === 'prompt-started' && event.prompt === 'identify/account/confirm');
    yield* insist(bank, files.account, readBack);
    await bank.until('prompt-finished', ({ prompt }) => prompt === 'identify/account/confirm');
    yield* insist(bank, files.yes, entered('identify.prove'));
    yield { pause_ms: 500 };
    yield { press: '2468' };
    await bank.until(
      'prompt-finished',
      ({ prompt, turn }) => prompt.startsWith('more') && Number(turn.split('.').at(-1)) > 2,
    );
    yield* insist(bank, files.person, entered('person'));
    yield 'hang-up';
  }
  await follow(phone, `sip:bank@${bank.app.sip.host}:${bank.app.sip.port}`, caller());
  await bank.until('call-ended');
  expect(bank.events.find((event) => event.type === 'slot-filled' && event.slot === 'account')).toMatchObject({
    by: 'speech',
  });
  expect(bank.typesOf('looked-up')).toHaveLength(2);
  expect(bank.events.some((event) => event.type === 'person-requested')).toBe(true);
}
