import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tone } from '../../src/audio/tone.ts';
import { atRest } from '../support/at-rest.ts';
import { openBaresip } from '../support/baresip.ts';
import { openCaller } from '../support/caller.ts';
import { expectWhole, openKeypadLine } from '../support/calls.ts';
import { type Authority, openAuthority, tlsSettings } from '../support/certificates.ts';
import { hasPeer } from '../support/peers.ts';
import { msOfTone, recordingOf } from '../support/recording-of.ts';
import { DIALPLANS } from '../support/server-process.ts';
import { openTestApp } from '../support/test-app.ts';

/* SIP over TLS with far ends that are not ours: baresip calls and is called, OpenSSL looks at certificates. */

const missing = !hasPeer('baresip');
const SECOND = 8_000;
const run = promisify(execFile);

let authority: Authority;
beforeAll(async () => {
  authority = await openAuthority();
});
afterAll(() => authority[Symbol.asyncDispose]());

/** Whose certificate the server shows. */
async function shown(port: number): Promise<string> {
  const asked = run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', authority.file]);
  asked.child.stdin?.end();
  const { stdout } = await asked;
  return /subject=CN ?= ?(\S+)/.exec(stdout)?.[1] ?? stdout;
}

test.skipIf(missing)(
  'baresip calls over TLS, presses keys and is hung up on; the certificate is renewed meanwhile, and the call goes on',
  async () => {
    const files = await authority.issue('line');
    await using bank = await openKeypadLine(tlsSettings(files));
    const port = bank.app.sip.tlsPort ?? 0;
    await using telephone = await openBaresip({ transport: 'tls', tls: await authority.issue('telephone') });
    await telephone.command('dial', `sip:bank@127.0.0.1:${port};transport=tls`);
    await telephone.next('CALL_ESTABLISHED');
    await telephone.say(tone([440], SECOND / 2));
    await bank.until('notice-given');
    expect(await shown(port)).toBe('line');
    const next = await authority.issue('renewed');
    await copyFile(next.key, files.key);
    await copyFile(next.certificate, files.certificate);
    await expect.poll(() => shown(port), { timeout: 30_000, interval: 300 }).toBe('renewed');
    for (const key of ['1', '5', '9', '0', '#']) await telephone.command('sndcode', key);
    await telephone.next('CALL_CLOSED');
    await atRest(bank);

    expectWhole(bank.events, 'bot-hung-up');
    expect(bank.events.find(({ type }) => type === 'slot-filled')).toMatchObject({ value: '1590' });
    const recording = await recordingOf(bank.events);
    expect(msOfTone(await recording.track('customer'), 440)).toBeGreaterThan(300);
  },
  90_000,
);

test.skipIf(missing)(
  'baresip is the person, called over TLS',
  async () => {
    await using person = await openBaresip({
      transport: 'tls',
      answers: true,
      tls: await authority.issue('person'),
    });
    await using bank = await openTestApp({
      set: {
        ...tlsSettings(await authority.issue('bank')),
        'dialplan.file': join(DIALPLANS, 'short.yaml'),
        'dialplan.grammars': DIALPLANS,
        'person.uri': `sip:baresip@127.0.0.1:${person.tlsPort};transport=tls`,
      },
    });
    await using customer = await openCaller(bank.app.sip);
    customer.invite();
    await customer.answered();
    await bank.until('notice-given');
    await customer.rtp.press('0');
    await bank.until('transfer-answered');
    const before = customer.rtp.received.length;
    await person.say(tone([1_000], SECOND));
    await customer.rtp.until(() => msOfTone(customer.rtp.heard(before), 1_000) > 500, 'the person');
    await person.command('hangup');
    await customer.hungUpOn();
    await atRest(bank);
    expectWhole(bank.events, 'bot-hung-up');
    expect(bank.events.find(({ type }) => type === 'transfer-ended')).toMatchObject({ outcome: 'completed' });
  },
  90_000,
);

test.skipIf(missing)(
  'a person whose certificate is of another authority is not called, and the caller is told',
  async () => {
    await using others = await openAuthority();
    await using person = await openBaresip({ transport: 'tls', answers: true, tls: await others.issue('impostor') });
    await using bank = await openTestApp({
      set: {
        ...tlsSettings(await authority.issue('careful')),
        'dialplan.file': join(DIALPLANS, 'short.yaml'),
        'dialplan.grammars': DIALPLANS,
        'person.uri': `sip:baresip@127.0.0.1:${person.tlsPort};transport=tls`,
      },
    });
    await using customer = await openCaller(bank.app.sip);
    customer.invite();
    await customer.answered();
    await bank.until('notice-given');
    await customer.rtp.press('0');
    await bank.until('transfer-ended', ({ outcome }) => outcome !== 'completed');
    expect(person.events.map(({ type }) => type)).not.toContain('CALL_INCOMING');
    await customer.hangUp();
    await atRest(bank);
  },
  90_000,
);
