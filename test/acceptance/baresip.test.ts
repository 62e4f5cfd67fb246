import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { tone } from '../../src/audio/tone.ts';
import { formatWav, parseWav } from '../../src/audio/wav.ts';
import type { Step } from '../../src/lab/phone/script.ts';
import { atRest } from '../support/at-rest.ts';
import { openBaresip } from '../support/baresip.ts';
import { follow, openTestPhone } from '../support/call.ts';
import { openCaller } from '../support/caller.ts';
import { expectWhole, openKeypadLine, typesIn } from '../support/calls.ts';
import { speakToFile } from '../support/debian-voices.ts';
import { hasPeer } from '../support/peers.ts';
import { msOfTone, recordingOf } from '../support/recording-of.ts';
import { DIALPLANS } from '../support/server-process.ts';
import { freePort, listening, sipp } from '../support/sipp.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

/* The server and the telephone with a telephone that is not ours: baresip. */

const missing = !hasPeer('baresip');
const SECOND = 8_000;
const isLoud = (samples: Int16Array): boolean => samples.some((sample) => Math.abs(sample) > 1_000);
const lineOf = ({ app }: TestApp, transport = 'udp'): string =>
  `sip:bank@${app.sip.host}:${app.sip.port};transport=${transport}`;

describe.skipIf(missing)('baresip calls', () => {
  let bank: TestApp;
  beforeAll(async () => {
    bank = await openKeypadLine({ 'rtp.codecs': 'opus, G722, PCMU, PCMA' });
  });
  afterAll(() => bank[Symbol.asyncDispose]());
  afterEach(() => atRest(bank));

  test.each(['udp', 'tcp'] as const)(
    'over %s, makes itself heard, presses keys and is hung up on',
    async (transport) => {
      await using telephone = await openBaresip({ transport });
      const before = bank.events.length;
      await telephone.command('dial', lineOf(bank, transport));
      await telephone.next('CALL_ESTABLISHED');
      await telephone.say(tone([440], SECOND / 2));
      await bank.until('notice-given', (event) => bank.events.indexOf(event) >= before);
      for (const key of ['1', '5', '9', '0', '#']) await telephone.command('sndcode', key);
      await telephone.next('CALL_CLOSED');
      await atRest(bank);

      const events = bank.events.slice(before);
      expectWhole(events, 'bot-hung-up');
      expect(events.find(({ type }) => type === 'slot-filled')).toMatchObject({ value: '1590' });
      expect(events.find(({ type }) => type === 'digits-keyed')).toMatchObject({ via: 'rfc4733', count: 4 });
      const recording = await recordingOf(events);
      expect(msOfTone(await recording.track('customer'), 440)).toBeGreaterThan(300);
      expect(isLoud(await telephone.heard())).toBe(true);
    },
    60_000,
  );

  test('puts the bank on hold, comes back, is heard and hears again, and hangs up', async () => {
    await using telephone = await openBaresip();
    const before = bank.events.length;
    const since = <T>(event: T & (typeof bank.events)[number]): boolean => bank.events.indexOf(event) >= before;
    await telephone.command('dial', lineOf(bank));
    await bank.until('prompt-finished', (event) => since(event) && event.prompt.startsWith('enter'));
    await telephone.command('hold');
    await bank.until('held', since);
    await delay(500); // how long the hold lasts
    await telephone.command('resume');
    const resumed = await bank.until('resumed', since);
    await telephone.say(tone([880], SECOND / 2));
    await telephone.command('sndcode', '*');
    await bank.until('prompt-finished', (event) => since(event) && event.seq > resumed.seq);
    await telephone.command('hangup');
    await bank.until('call-ended', since);

    const events = bank.events.slice(before);
    expectWhole(events);
    expect(typesIn(events, 'held', 'resumed')).toEqual(['held', 'resumed']);
    const recording = await recordingOf(events);
    expect(recording.manifest.gaps).toContainEqual(expect.objectContaining({ track: 'bot', because: 'hold' }));
    expect(msOfTone(await recording.track('customer'), 880)).toBeGreaterThan(300);
    await telephone.command('quit').catch(() => '');
    expect(isLoud((await telephone.heard()).slice(-2 * SECOND))).toBe(true);
  });

  test('a telephone that has G.722 alone is heard and hears, its keys count, and its track is kept in G.722', async () => {
    bank.forget();
    await using telephone = await openBaresip({ codec: 'g722' });
    await telephone.command('dial', lineOf(bank));
    await telephone.next('CALL_ESTABLISHED');
    await telephone.say(tone([440], SECOND, { rate: 16_000 }));
    await bank.until('notice-given');
    for (const key of ['1', '5', '9', '0', '#']) await telephone.command('sndcode', key);
    await telephone.next('CALL_CLOSED');
    await atRest(bank);

    expectWhole(bank.events, 'bot-hung-up');
    expect(bank.events.find(({ type }) => type === 'call-answered')).toMatchObject({ codec: 'G722' });
    expect(bank.events.find(({ type }) => type === 'slot-filled')).toMatchObject({ value: '1590' });
    const recording = await recordingOf(bank.events);
    expect(recording.manifest.codec).toBe('G722');
    expect(recording.manifest.tracks.map(({ path }) => path)).toEqual([
      'tracks/bot.pcmu.wav',
      'tracks/customer.g722.wav',
    ]);
    expect(msOfTone(await recording.track('customer'), 440)).toBeGreaterThan(300);
    expect(isLoud(await recording.track('bot'))).toBe(true);
    expect(isLoud(await telephone.heard())).toBe(true);
  }, 60_000);

  test('a telephone that has Opus alone is heard and hears, its keys count once, and its track is the sound that came', async () => {
    bank.forget();
    await using telephone = await openBaresip({ codec: 'opus' });
    await telephone.command('dial', lineOf(bank));
    await telephone.next('CALL_ESTABLISHED', 30_000);
    await telephone.say(tone([440], 48_000, { rate: 48_000 }));
    await bank.until('notice-given', undefined, 40_000);
    for (const key of ['1', '5', '9', '0', '#']) await telephone.command('sndcode', key);
    await telephone.next('CALL_CLOSED', 40_000);
    await atRest(bank);

    expectWhole(bank.events, 'bot-hung-up');
    expect(bank.events.find(({ type }) => type === 'call-answered')).toMatchObject({ codec: 'opus' });
    expect(bank.events.find(({ type }) => type === 'slot-filled')).toMatchObject({ value: '1590' });
    expect(bank.events.find(({ type }) => type === 'digits-keyed')).toMatchObject({ via: 'rfc4733', count: 4 });
    const recording = await recordingOf(bank.events);
    expect(recording.manifest.tracks.map(({ path }) => path)).toEqual([
      'tracks/bot.pcmu.wav',
      'tracks/customer.l16.wav',
    ]);
    expect(msOfTone(await recording.track('customer'), 440)).toBeGreaterThan(600);
    expect(isLoud(await recording.track('bot'))).toBe(true);
    expect(isLoud(await telephone.heard())).toBe(true);
  }, 120_000);
});

test.skipIf(missing || !hasPeer('espeak-ng'))(
  'baresip asks in a voice of its own, is understood, and presses a key',
  async () => {
    await using bank = await openTestApp({ ears: true });
    await using telephone = await openBaresip();
    const { samples } = parseWav(
      readFileSync(speakToFile('espeak-ng en-us', 'What are your opening hours?', bank.folder)),
    );
    await telephone.command('dial', lineOf(bank));
    await bank.until('prompt-finished', ({ prompt }) => prompt.startsWith('main'), 30_000);
    await telephone.say(samples[0] ?? new Int16Array(0));
    await bank.until('recognized', ({ outcome, text }) => outcome === 'match' && text.includes('opening hours'));
    await bank.until('prompt-started', ({ text }) => text.startsWith('Our branches are open'));
    await telephone.command('sndcode', '0');
    await bank.until('person-requested', undefined, 30_000);
    await telephone.command('hangup');
    await bank.until('call-ended', ({ because }) => because === 'caller-hung-up');
    await atRest(bank);
    await recordingOf(bank.events);
  },
  90_000,
);

test.skipIf(missing).each(['udp', 'tcp'] as const)(
  'baresip is the person, called over %s: both are heard, and each has a track',
  async (transport) => {
    await using person = await openBaresip({ transport, answers: true });
    await using bank = await openTestApp({
      set: {
        'dialplan.file': join(DIALPLANS, 'short.yaml'),
        'dialplan.grammars': DIALPLANS,
        'person.uri': `sip:baresip@127.0.0.1:${person.port};transport=${transport}`,
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
    await customer.rtp.speak(tone([440], SECOND));
    await customer.rtp.until(
      () => msOfTone(customer.rtp.heard(before), 1_000) > 500,
      'the person, with the ears of the customer',
    );
    await person.command('hangup');
    await customer.hungUpOn();
    await atRest(bank);

    expectWhole(bank.events, 'bot-hung-up');
    expect(bank.events.find(({ type }) => type === 'transfer-ended')).toMatchObject({ outcome: 'completed' });
    const recording = await recordingOf(bank.events);
    expect(msOfTone(await recording.track('agent'), 1_000)).toBeGreaterThan(500);
    expect(msOfTone(await recording.track('customer'), 440)).toBeGreaterThan(500);
    expect(msOfTone(await recording.track('agent'), 440)).toBe(0);
    expect(msOfTone(await recording.track('customer'), 1_000)).toBe(0);
    await person.command('quit').catch(() => '');
    expect(msOfTone(await person.heard(), 440)).toBeGreaterThan(500);
  },
  60_000,
);

describe('the telephone of our own, with far ends that are not', () => {
  test.skipIf(missing).each(['udp', 'tcp'])(
    'baresip over %s: heard, hears the keys, is hung up on',
    async (transport) => {
      await using far = await openBaresip({ answers: true });
      await using phone = await openTestPhone();
      async function* steps(): AsyncGenerator<Step> {
        await far.next('CALL_ESTABLISHED');
        await far.say(tone([440], SECOND));
        yield { pause_ms: 1_500 };
        yield { press: '15*90#' };
        for (const key of '15*90#'.split('')) expect(await far.next('CALL_DTMF_START')).toMatchObject({ param: key });
        yield 'hang-up';
      }
      const lines = await follow(phone, `sip:baresip@127.0.0.1:${far.port};transport=${transport}`, steps());
      await far.next('CALL_CLOSED');
      expect(lines.map(({ what }) => what)).toEqual(['dialled', 'answered', 'pressed', 'hung-up']);
      const [, heard = new Int16Array(0)] = parseWav(phone.tape.wav()).samples;
      expect(msOfTone(heard, 440)).toBeGreaterThan(500);
      expect((await phone.media.statistics()).endpoints).toBe(0);
    },
    60_000,
  );

  test.skipIf(missing)(
    'baresip calls it',
    async () => {
      await using far = await openBaresip();
      await using phone = await openTestPhone();
      const calling = follow(phone, undefined, [
        { answer: { after_ms: 200, within_s: 20 } },
        { press: '7' },
        { 'wait-for': { 'hang-up': true, within_s: 20 } },
      ]);
      await far.command('dial', `sip:phone@127.0.0.1:${phone.sip.port}`);
      await far.next('CALL_ESTABLISHED');
      expect(await far.next('CALL_DTMF_START')).toMatchObject({ param: '7' });
      await far.command('hangup');
      expect((await calling).map(({ what }) => what)).toEqual(['answered', 'pressed', 'far-end-hung-up']);
      expect((await phone.media.statistics()).endpoints).toBe(0);
    },
    60_000,
  );

  test.skipIf(!hasPeer('sipp')).each(['udp', 'tcp'])(
    'SIPp over %s, which sends back all that it hears',
    async (transport) => {
      const [port, media] = [await freePort(), await freePort()];
      await using far = sipp(
        { builtIn: 'uas' },
        [
          '-t',
          transport === 'udp' ? 'u1' : 't1',
          '-p',
          String(port),
          '-mi',
          '127.0.0.1',
          '-mp',
          String(media),
          '-rtp_echo',
        ],
        { timeout: 40, behaviours: 'all' },
      );
      await using phone = await openTestPhone('files');
      // over UDP the INVITE is repeated until somebody listens
      if (transport === 'tcp') await listening(port);
      const folder = await mkdtemp(join(tmpdir(), 'tellerline-tone-'));
      const file = join(folder, 'tone.wav');
      await writeFile(file, formatWav(8_000, [tone([440], SECOND)]));
      const calling = follow(phone, `sip:far@127.0.0.1:${port};transport=${transport}`, [
        { play: file },
        { press: '1' },
        { pause_ms: 500 },
        'hang-up',
      ]);
      const lines = await calling;
      await rm(folder, { recursive: true });
      expect(lines.map(({ what }) => what)).toEqual(['dialled', 'answered', 'said', 'pressed', 'hung-up']);
      const { status, errors } = await far.done;
      expect(status, errors).toBe(0);
      const [, heard = new Int16Array(0)] = parseWav(phone.tape.wav()).samples;
      expect(msOfTone(heard, 440)).toBeGreaterThan(500);
      expect((await phone.media.statistics()).endpoints).toBe(0);
    },
    60_000,
  );
});
