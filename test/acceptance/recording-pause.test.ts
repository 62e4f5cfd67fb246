import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tone } from '../../src/audio/tone.ts';
import { atRest } from '../support/at-rest.ts';
import { openBaresip } from '../support/baresip.ts';
import { openCaller } from '../support/caller.ts';
import { expectWhole } from '../support/calls.ts';
import { hasPeer } from '../support/peers.ts';
import { msOfTone, recordingOf } from '../support/recording-of.ts';
import { DIALPLANS } from '../support/server-process.ts';
import { openTestApp } from '../support/test-app.ts';

/* What is said while an agent pauses the recording is heard by both, and by nobody else ever again. */

const SECOND = 8_000;
/** Hertz: what the customer and the agent say while it is paused, and what both say before and afterwards. */
const SECRET = { customer: 1_100, agent: 1_700 };
const OPEN = { customer: 700, agent: 2_300 };

test.skipIf(!hasPeer('baresip'))(
  'both sides of a conversation are left out of the recording while it is paused, and the recording is whole',
  async () => {
    await using person = await openBaresip({ answers: true });
    await using bank = await openTestApp({
      set: {
        'dialplan.file': join(DIALPLANS, 'short.yaml'),
        'dialplan.grammars': DIALPLANS,
        'person.uri': `sip:baresip@127.0.0.1:${person.port}`,
      },
    });
    const ask = async (what: string, by: string, contact: string): Promise<Response> =>
      fetch(`${bank.app.http}/api/calls/${contact}/recording/${what}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bank.app.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ by }),
      });
    await using customer = await openCaller(bank.app.sip);
    customer.invite();
    await customer.answered();
    const { contact } = await bank.until('notice-given', undefined, 30_000);
    expect((await ask('pause', 'ann', contact)).status).toBe(409); // nobody talks to anybody yet
    await customer.rtp.press('0');
    await bank.until('transfer-answered', undefined, 30_000);
    await person.next('CALL_ESTABLISHED', 30_000);
    const talk = async (hz: { readonly customer: number; readonly agent: number }): Promise<void> => {
      const from = customer.rtp.received.length;
      await person.say(tone([hz.agent], 4 * SECOND));
      await customer.rtp.speak(tone([hz.customer], SECOND));
      const heard = (): boolean => msOfTone(customer.rtp.heard(from), hz.agent) > 500;
      await customer.rtp.until(heard, `the agent's ${hz.agent} Hz`, 20_000);
    };
    await talk(OPEN);
    const paused = await ask('pause', 'ann', contact);
    expect(await paused.json()).toEqual({ paused_until: expect.any(Number) });
    await bank.until('recording-paused', ({ by, longest_ms }) => by === 'ann' && longest_ms === 60_000);
    // the agent's last words are still under way
    await person.say(new Int16Array(SECOND));
    await talk(SECRET);
    await person.say(new Int16Array(SECOND));
    const quiet = customer.rtp.received.length;
    await customer.rtp.until(
      () =>
        customer.rtp.received.length > quiet + 50 &&
        msOfTone(customer.rtp.heard(customer.rtp.received.length - 25), SECRET.agent) === 0,
      'the agent’s silence',
      20_000,
    );
    expect((await ask('resume', 'ann', contact)).status).toBe(200);
    await talk(OPEN);
    await person.command('hangup');
    await customer.hungUpOn(30_000);
    await atRest(bank);

    expectWhole(bank.events, 'bot-hung-up');
    const sealed = await recordingOf(bank.events);
    for (const side of ['customer', 'agent'] as const) {
      const samples = await sealed.track(side);
      expect(msOfTone(samples, SECRET[side])).toBe(0);
      expect(msOfTone(samples, OPEN[side])).toBeGreaterThan(1_000);
      const masked = sealed.manifest.gaps.filter((gap) => gap.track === side && gap.because === 'masked');
      const length = masked.reduce((sum, gap) => sum + gap.samples, 0);
      expect(length).toBeGreaterThan(SECOND);
    }
    expect(bank.typesOf('recording-paused', 'recording-resumed')).toEqual(['recording-paused', 'recording-resumed']);
    expect((await ask('resume', 'ann', contact)).status).toBe(404); // it is over
  },
  180_000,
);
