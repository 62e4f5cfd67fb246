import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codecOf } from '../../src/audio/codecs.ts';
import { tone } from '../../src/audio/tone.ts';
import { atRest } from '../support/at-rest.ts';
import { openBaresip } from '../support/baresip.ts';
import { openCaller } from '../support/caller.ts';
import { expectWhole, openKeypadLine } from '../support/calls.ts';
import { type Authority, openAuthority, tlsSettings } from '../support/certificates.ts';
import { keptLog } from '../support/kept-log.ts';
import { noise } from '../support/noise.ts';
import { hasPeer } from '../support/peers.ts';
import { msOfTone, recordingOf } from '../support/recording-of.ts';
import { DIALPLANS } from '../support/server-process.ts';
import { openTestApp } from '../support/test-app.ts';

/* Encrypted audio with a telephone that is not ours: baresip, which takes no call without it. */

const missing = !hasPeer('baresip');
const SECOND = 8_000;

let authority: Authority;
beforeAll(async () => {
  authority = await openAuthority();
});
afterAll(() => authority[Symbol.asyncDispose]());

/** As it sounds after G.711. */
function throughG711(samples: Int16Array): Int16Array {
  const codec = codecOf('PCMU');
  const octets = new Uint8Array(samples.length);
  codec.encode()(samples, samples.length, octets);
  const heard = new Int16Array(samples.length);
  codec.decode()(octets, heard);
  return heard;
}

/** The most samples of `what` in a row, from its beginning, that are in `where` as they are. */
function foundOf(what: Int16Array, where: Int16Array): number {
  let most = 0;
  for (let at = 0; at + 8 <= where.length; at++) {
    let count = 0;
    while (count < what.length && where[at + count] === what[count]) count++;
    most = Math.max(most, count);
  }
  return most;
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );

test.skipIf(missing)(
  'calls with SRTP alone: recorded bit for bit, keys count, through hold and back; no key is in a log, the journal or a file',
  async () => {
    const log = keptLog();
    await using bank = await openTestApp({
      logger: log,
      set: {
        'dialplan.file': join(DIALPLANS, 'keypad.yaml'),
        'dialplan.grammars': DIALPLANS,
        'rtp.srtp': 'required',
        ...tlsSettings(await authority.issue('line')),
      },
    });
    await using telephone = await openBaresip({
      transport: 'tls',
      tls: await authority.issue('telephone'),
      srtp: true,
    });
    const spoken = noise(SECOND / 2, 12_000, 7); // less than the notice lasts, after which the line is held
    await telephone.command('dial', `sip:bank@127.0.0.1:${bank.app.sip.tlsPort};transport=tls`);
    await telephone.next('CALL_ESTABLISHED', 30_000);
    await telephone.say(spoken);
    await bank.until('notice-given', undefined, 40_000);
    for (const _ of [1, 2]) {
      const before = bank.events.length;
      await telephone.command('hold');
      await bank.until('held', (event) => bank.events.indexOf(event) >= before, 30_000);
      await telephone.command('resume');
      await bank.until('resumed', (event) => bank.events.indexOf(event) >= before, 30_000);
    }
    for (const key of ['1', '5', '9', '0', '#']) await telephone.command('sndcode', key);
    await telephone.next('CALL_CLOSED', 40_000);
    await atRest(bank);

    expectWhole(bank.events, 'bot-hung-up');
    expect(bank.events.find(({ type }) => type === 'call-answered')).toMatchObject({
      srtp: expect.stringMatching(/^AES_CM_128_HMAC_SHA1_(?:80|32)$|^AEAD_AES_(?:128|256)_GCM$/),
    });
    expect(bank.events.find(({ type }) => type === 'slot-filled')).toMatchObject({ value: '1590' });
    const recording = await recordingOf(bank.events);
    expect(foundOf(throughG711(spoken), await recording.track('customer'))).toBe(spoken.length);
    expect((await telephone.heard()).some((sample) => Math.abs(sample) > 1_000)).toBe(true);

    const kept = [
      log.text(),
      JSON.stringify(bank.events),
      ...filesBelow(bank.folder).map((file) => readFileSync(file, 'latin1')),
    ];
    for (const text of kept) expect(text).not.toMatch(/inline:|a=crypto/);
  },
  120_000,
);

test.skipIf(missing)(
  'is the person, called with SRTP, beside a caller without',
  async () => {
    await using person = await openBaresip({
      transport: 'tls',
      answers: true,
      tls: await authority.issue('person'),
      srtp: true,
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
    await bank.until('notice-given', undefined, 40_000);
    await customer.rtp.press('0');
    await bank.until('transfer-answered', undefined, 40_000);
    const before = customer.rtp.received.length;
    const spoken = noise(SECOND, 12_000, 11);
    await person.say(spoken);
    await customer.rtp.speak(tone([440], SECOND));
    await bank.until('transfer-answered');
    await customer.rtp.until(() => customer.rtp.received.length > before + 75, 'a second and more of the person');
    await person.command('hangup');
    await customer.hungUpOn();
    await atRest(bank);
    const recording = await recordingOf(bank.events);
    expect(foundOf(throughG711(spoken), await recording.track('agent'))).toBe(spoken.length);
    await person.command('quit').catch(() => '');
    expect(msOfTone(await person.heard(), 440)).toBeGreaterThan(500);
  },
  120_000,
);

test('a caller without SRTP is told why it is refused where SRTP is required', async () => {
  await using bank = await openKeypadLine({ 'rtp.srtp': 'required' });
  await using caller = await openCaller(bank.app.sip);
  caller.invite();
  const { headers } = await caller.refused(488);
  expect(headers.get('warning')).toContain('audio without SRTP, which this line requires');
  await bank.until('call-rejected', ({ status, reason }) => status === 488 && reason === 'NO_COMMON_CODEC');
});
