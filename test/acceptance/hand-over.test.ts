import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tone } from '../../src/audio/tone.ts';
import { atRest } from '../support/at-rest.ts';
import { openBaresip } from '../support/baresip.ts';
import { openCaller } from '../support/caller.ts';
import { expectWhole } from '../support/calls.ts';
import { hasPeer } from '../support/peers.ts';
import { msOfTone } from '../support/recording-of.ts';
import { DIALPLANS } from '../support/server-process.ts';
import { openTestApp } from '../support/test-app.ts';

/* A person who is not ours hands the caller over: baresip sends REFER, and hears by NOTIFY how that went. */

const SECOND = 8_000;

test.skipIf(!hasPeer('baresip'))(
  'a person transfers the caller to another one, who has the call from then on',
  async () => {
    await using person = await openBaresip({ answers: true });
    await using expert = await openBaresip({ answers: true });
    await using bank = await openTestApp({
      set: {
        'dialplan.file': join(DIALPLANS, 'short.yaml'),
        'dialplan.grammars': DIALPLANS,
        'person.uri': `sip:baresip@127.0.0.1:${person.port}`,
      },
    });
    await using customer = await openCaller(bank.app.sip);
    customer.invite();
    await customer.answered();
    await bank.until('notice-given', undefined, 30_000);
    await customer.rtp.press('0');
    await bank.until('transfer-answered', undefined, 30_000);
    await person.next('CALL_ESTABLISHED', 30_000);

    await person.command('transfer', `sip:baresip@127.0.0.1:${expert.port}`);
    await expert.next('CALL_ESTABLISHED', 30_000);
    await bank.until('transfer-ended', ({ outcome }) => outcome === 'completed', 30_000);
    await person.next('CALL_CLOSED', 30_000);
    const after = customer.rtp.received.length;
    await expert.say(tone([1_600], SECOND));
    await customer.rtp.until(() => msOfTone(customer.rtp.heard(after), 1_600) > 500, 'the other person', 20_000);
    await expert.command('hangup');
    await customer.hungUpOn(30_000);
    await atRest(bank);
    expectWhole(bank.events, 'bot-hung-up');
    expect(bank.typesOf('transfer-answered')).toHaveLength(2);
    expect(bank.typesOf('transfer-ended')).toHaveLength(2);
  },
  180_000,
);
