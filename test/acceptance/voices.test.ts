import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PhoneApp } from '../../src/app/open-phone-app.ts';
import type { Step } from '../../src/lab/phone/script.ts';
import { follow, openTestPhone } from '../support/call.ts';
import { DEBIAN_VOICES, type DebianVoice, speakToFile } from '../support/debian-voices.ts';
import { hasPeer } from '../support/peers.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

/* The demo's conversation in voices that are not the product's own: every utterance is understood, or asked for again and then understood. */

let phone: PhoneApp;
beforeAll(async () => {
  phone = await openTestPhone('voice');
});
afterAll(() => phone[Symbol.asyncDispose]());

/** Says it, and says it again if the bank asks again. */
async function* insist(bank: TestApp, file: string, understood: () => boolean): AsyncGenerator<Step> {
  for (let attempt = 0; attempt < 3 && !understood(); attempt += 1) {
    const heard = bank.events.filter(({ type }) => type === 'recognized').length;
    yield { play: file };
    await bank.until(
      'recognized',
      () => bank.events.filter(({ type }) => type === 'recognized').length > heard,
      20_000,
    );
    // what follows a recognition is said in the same breath: the state, or the question again
    await bank.until(
      'turn-began',
      ({ seq }) => seq > (bank.events.findLast(({ type }) => type === 'recognized')?.seq ?? 0),
    );
    if (!understood())
      await bank.until(
        'prompt-finished',
        ({ seq }) => seq > (bank.events.findLast(({ type }) => type === 'recognized')?.seq ?? 0),
        30_000,
      );
  }
}

describe.each(Object.keys(DEBIAN_VOICES) as DebianVoice[])('%s', (voice) => {
  test.skipIf(!hasPeer(DEBIAN_VOICES[voice].peer))(
    'is understood',
    async () => {
      await using bank = await openTestApp({ ears: true });
      const entered = (state: string) => () =>
        bank.events.some((event) => event.type === 'state-entered' && event.state === state);
      const file = (text: string): string => speakToFile(voice, text, bank.folder);
      async function* caller(): AsyncGenerator<Step> {
        await bank.until('prompt-finished', ({ prompt }) => prompt.startsWith('main'), 40_000);
        yield* insist(bank, file('What is my balance?'), entered('identify'));
        await bank.until('prompt-finished', ({ prompt }) => prompt.startsWith('identify'), 30_000);
        const readBack = (): boolean =>
          bank.events.some((event) => event.type === 'prompt-started' && event.prompt === 'identify/account/confirm');
        yield* insist(bank, file('One two three four, five six seven eight.'), readBack);
        await bank.until('prompt-finished', ({ prompt }) => prompt === 'identify/account/confirm', 30_000);
        yield* insist(bank, file("Yes, that's right."), entered('prove'));
        yield { pause_ms: 500 };
        yield { press: '2468' };
        await bank.until(
          'prompt-finished',
          ({ prompt, turn }) => prompt.startsWith('more') && Number(turn.split('.').at(-1)) > 2,
          40_000,
        );
        yield* insist(bank, file('I want to talk to a person.'), entered('person'));
        yield 'hang-up';
      }
      await follow(phone, `sip:bank@${bank.app.sip.host}:${bank.app.sip.port}`, caller());
      await bank.until('call-ended');
      expect(bank.events.find((event) => event.type === 'slot-filled' && event.slot === 'account')).toMatchObject({
        by: 'speech',
      });
      expect(bank.typesOf('looked-up')).toHaveLength(2);
      expect(bank.events.some((event) => event.type === 'person-requested')).toBe(true);
    },
    150_000,
  );
});
