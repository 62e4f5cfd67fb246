import { afterAll, beforeAll, beforeEach, test } from 'vitest';
import type { PhoneApp } from '../../../src/app/open-phone-app.ts';
import { atRest } from '../../support/at-rest.ts';
import { openTestPhone } from '../../support/call.ts';
import { DEBIAN_VOICES, type DebianVoice } from '../../support/debian-voices.ts';
import { hasPeer } from '../../support/peers.ts';
import { openTestApp, type TestApp } from '../../support/test-app.ts';
import { converse, LIMIT_MS } from './converse.ts';

const VOICES = ['espeak-ng en-us', 'festival kal'] as const satisfies readonly DebianVoice[];

let phone: PhoneApp;
let bank: TestApp;
beforeAll(async () => {
  phone = await openTestPhone('files');
  bank = await openTestApp({ ears: true });
});
beforeEach(async () => {
  await atRest(bank);
  bank.forget();
});
afterAll(async () => {
  await bank[Symbol.asyncDispose]();
  await phone[Symbol.asyncDispose]();
});

for (const voice of VOICES)
  test.skipIf(!hasPeer(DEBIAN_VOICES[voice].peer))(
    `who speaks as ${voice} does is understood`,
    () => converse(voice, phone, bank),
    LIMIT_MS,
  );
