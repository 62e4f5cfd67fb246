import { randomInt } from 'node:crypto';
import { IvrError } from '../domain/error.ts';
import type { ContactId } from '../domain/ids.ts';
import type { Journal } from '../journal/journal.ts';
import { runPhone } from '../lab/phone/run-phone.ts';
import type { Step } from '../lab/phone/script.ts';
import type { Logger } from '../lib/logger.ts';
import { openPhoneApp } from './open-phone-app.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const EVERY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Hears the bot out, keys something that no menu takes, and hangs up: both ways of the audio and the keys are in the recording, and no notice is cut short. */
const STEPS: readonly Step[] = [
  { 'wait-for': { speech: true, within_s: 20 } },
  { 'wait-for': { silence_ms: 1_500, within_s: 120 } },
  { press: '#' },
  { pause_ms: 2_000 },
  'hang-up',
];

/** The way to call our own line by SIP and RTP, as anybody would. Resolves with the contact that it became. */
export function testCallPlacer(
  { host, port }: { readonly host: string; readonly port: number },
  journal: Pick<Journal, 'subscribe'>,
  logger: Logger,
): (signal: AbortSignal) => Promise<ContactId> {
  return async (signal) => {
    // by letters alone, which no mask hides: so the call is found again among others
    const from = `test-call-${Array.from({ length: 16 }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`;
    let contact: ContactId | undefined;
    const unsubscribe = journal.subscribe((event) => {
      if (event.type === 'call-offered' && event.from === from) contact = event.contact;
    });
    const at = EVERY_ADDRESS[host] ?? host;
    try {
      await using phone = await openPhoneApp({ host: at, port: 0, speech: 'none' }, logger);
      const target = `sip:test-call@${at.includes(':') ? `[${at}]` : at}:${port}`;
      await runPhone({ target, from, script: { steps: STEPS }, print: () => undefined }, phone, signal);
    } finally {
      unsubscribe();
    }
    if (contact === undefined) throw new IvrError('SIP_REJECTED', 'the test call was answered by another server');
    return contact;
  };
}
