import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { encodeMulaw } from '../../src/audio/g711.ts';
import { tone } from '../../src/audio/tone.ts';
import { RtpPeer } from '../media/rtp-peer.ts';
import { atRest } from '../support/at-rest.ts';
import { callsOf, expectWhole, onlyCall, openKeypadLine, typesIn } from '../support/calls.ts';
import { msOfTone, recordingOf } from '../support/recording-of.ts';
import {
  answered,
  caller,
  dialled,
  exec,
  expectStatus,
  hangUp,
  named,
  optional,
  pause,
  responsesTo,
  sdpOf,
  sipp,
  sippMissing,
  steps,
} from '../support/sipp.ts';
import type { TestApp } from '../support/test-app.ts';

/* The whole server, called by SIPp: what is heard and recorded, and holding. */

let bank: TestApp;
let line = '';
beforeAll(async () => {
  bank = await openKeypadLine();
  line = `${bank.app.sip.host}:${bank.app.sip.port}`;
});
afterAll(() => bank[Symbol.asyncDispose]());
afterEach(() => atRest(bank));

/** What a description says of one line type. */
const lineOf = (message: string | undefined, start: string): string | undefined =>
  message?.split('\n').find((one) => one.startsWith(start));

const reinvite = (cseq: number, content: string): string =>
  steps(caller.request('INVITE', cseq, { content }), optional(100), expectStatus(200), caller.request('ACK', cseq));

/** Sends to where the first packet comes from. */
async function aimBack(rtp: RtpPeer): Promise<void> {
  await rtp.until((packets) => packets.length > 0, 'RTP');
  rtp.target = { address: '127.0.0.1', port: rtp.received[0]?.port ?? 0 };
}

/** Samples that the sender's clock went on without a packet, the longest time. */
function longestSilence(rtp: RtpPeer): number {
  let longest = 0;
  for (const [n, { timestamp, payload }] of rtp.received.entries()) {
    const next = rtp.received[n + 1];
    if (next !== undefined) longest = Math.max(longest, ((next.timestamp - timestamp) | 0) - payload.length);
  }
  return longest;
}

describe.skipIf(sippMissing)('media with SIPp as the signalling', () => {
  test.each([
    ['sendonly', (rtp: RtpPeer) => rtp.sdp({ direction: 'sendonly', version: 2 }), 'a=recvonly'],
    ['inactive', (rtp: RtpPeer) => rtp.sdp({ direction: 'inactive', version: 2 }), 'a=inactive'],
    ['c=0.0.0.0', (rtp: RtpPeer) => rtp.sdp({ host: '0.0.0.0', version: 2 }), 'a=recvonly'],
  ])(
    'held by %s and resumed',
    async (how, hold, direction) => {
      await using rtp = await RtpPeer.open();
      const name = `hold-${how.replace(/[^a-z0-9]/g, '')}`;
      const scenario = steps(
        dialled(rtp.sdp()),
        pause(700),
        reinvite(2, hold(rtp)),
        pause(1_000),
        reinvite(3, rtp.sdp({ version: 3 })),
        pause(700),
        hangUp(4),
      );
      await using calling = sipp(scenario, [...named(name), line], { timeout: 20 });
      await aimBack(rtp);
      const stop = rtp.idle();
      if (how !== 'sendonly') {
        await bank.until('held', ({ contact }) => onlyCall(bank, name)[0]?.contact === contact);
        stop();
        await bank.until('resumed', ({ contact }) => onlyCall(bank, name)[0]?.contact === contact);
        rtp.idle();
      }
      const { status, errors, messages } = await calling.done;
      expect(status, errors).toBe(0);
      await atRest(bank);
      const events = onlyCall(bank, name);
      expectWhole(events);
      expect(typesIn(events, 'held', 'resumed')).toEqual(['held', 'resumed']);

      const answers = ['1 INVITE', '2 INVITE', '3 INVITE'].map((cseq) => responsesTo(messages, cseq).at(-1));
      expect(answers.map((answer) => answer?.split('\n').filter((one) => /^a=(send|recv|inactive)/.test(one)))).toEqual(
        [['a=sendrecv'], [direction], ['a=sendrecv']],
      );
      const versions = answers.map((answer) => lineOf(answer, 'o=')?.split(' ').slice(1, 3).map(Number) ?? []);
      expect(new Set(versions.map(([session]) => session)).size).toBe(1);
      expect(versions.map(([, version]) => version)).toEqual([1, 2, 3].map((n) => (versions[0]?.[1] ?? 0) + n - 1));

      // our clock goes on while we are silent: the hold is one hole in the timestamps, and audio comes after it
      expect(longestSilence(rtp)).toBeGreaterThan(4_000);
      expect((rtp.received.at(-1)?.timestamp ?? 0) - (rtp.received[0]?.timestamp ?? 0)).toBeGreaterThan(8_000);
      const { manifest } = await recordingOf(events);
      expect(manifest.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['held', 'resumed']));
      const heldOn = (track: string): number =>
        manifest.gaps.reduce((sum, gap) => sum + (gap.track === track && gap.because === 'hold' ? gap.samples : 0), 0);
      expect(heldOn('bot')).toBeGreaterThan(4_000);
      // who only sends plays music, and that was recorded
      if (how === 'sendonly') expect(heldOn('customer')).toBeLessThan(4_000);
      else expect(heldOn('customer')).toBeGreaterThan(4_000);
    },
    60_000,
  );

  test('held, and resumed by an INVITE without a description: we offer both directions again', async () => {
    await using rtp = await RtpPeer.open();
    const scenario = steps(
      dialled(rtp.sdp()),
      pause(500),
      reinvite(2, rtp.sdp({ direction: 'sendonly', version: 2 })),
      pause(700),
      caller.request('INVITE', 3),
      optional(100),
      expectStatus(200),
      caller.request('ACK', 3, { content: rtp.sdp({ version: 3 }) }),
      pause(700),
      reinvite(4, rtp.sdp({ version: 4 })),
      hangUp(5),
    );
    await using calling = sipp(scenario, [...named('hold-late'), line], { timeout: 20 });
    await aimBack(rtp);
    rtp.idle();
    const { status, errors, messages } = await calling.done;
    expect(status, errors).toBe(0);
    await atRest(bank);
    const events = onlyCall(bank, 'hold-late');
    expectWhole(events);
    expect(typesIn(events, 'held', 'resumed')).toEqual(['held', 'resumed']);
    const ours = ['1 INVITE', '2 INVITE', '3 INVITE', '4 INVITE'].map((cseq) => responsesTo(messages, cseq).at(-1));
    expect(ours.map((one) => /^a=(?:send|recv|inactive).*$/m.exec(one ?? '')?.[0])).toEqual([
      'a=sendrecv',
      'a=recvonly',
      'a=sendrecv',
      'a=sendrecv',
    ]);
    const versions = ours.map((one) => Number(lineOf(one, 'o=')?.split(' ')[2]));
    expect(versions).toEqual([1, 2, 3, 4].map((n) => (versions[0] ?? 0) + n - 1));
    expect(longestSilence(rtp)).toBeGreaterThan(3_000);
    expect((rtp.received.at(-1)?.at ?? 0) - (rtp.received[0]?.at ?? 0)).toBeGreaterThan(1_500);
  });

  test('the caller moves its media elsewhere in mid-call', async () => {
    await using rtp = await RtpPeer.open();
    await using elsewhere = await RtpPeer.open();
    elsewhere.ssrc = 0x7777;
    const scenario = steps(
      dialled(rtp.sdp()),
      pause(700),
      reinvite(2, elsewhere.sdp({ version: 2 })),
      pause(1_800),
      hangUp(3),
    );
    await using calling = sipp(scenario, [...named('moved'), line], { timeout: 20 });
    await aimBack(rtp);
    const stop = rtp.idle();
    await aimBack(elsewhere);
    stop();
    await elsewhere.speak(tone([880], 8_000));
    expect((await calling.done).status).toBe(0);
    await atRest(bank);
    const events = onlyCall(bank, 'moved');
    expectWhole(events);
    expect(typesIn(events, 'held', 'resumed')).toEqual([]);
    expect(msOfTone(await (await recordingOf(events)).track('customer'), 880)).toBeGreaterThan(500);
    expect(elsewhere.received.length).toBeGreaterThan(25);
  });

  test('an INVITE without a description: our offer, the answer in the ACK, and both hear each other', async () => {
    await using rtp = await RtpPeer.open();
    const scenario = steps(
      caller.invite(''),
      optional(100),
      answered,
      caller.request('ACK', 1, { content: rtp.sdp() }),
      pause(1_500),
      hangUp(2),
    );
    await using calling = sipp(scenario, [...named('late-offer'), line], { timeout: 20 });
    await aimBack(rtp);
    await rtp.speak(tone([440], 8_000));
    expect((await calling.done).status).toBe(0);
    await atRest(bank);
    const events = onlyCall(bank, 'late-offer');
    expectWhole(events);
    expect(events.find(({ type }) => type === 'call-answered')).toMatchObject({ codec: 'PCMU', telephone_event: true });
    const recording = await recordingOf(events);
    expect(msOfTone(await recording.track('customer'), 440)).toBeGreaterThan(500);
    expect(rtp.received.length).toBeGreaterThan(25);
  });

  test.each([
    ['PCMA alone', 'PCMA', [], 20],
    ['packets of 30 ms', 'PCMU', ['a=ptime:30', 'a=maxptime:150'], 30],
    ['packets of 10 ms', 'PCMU', ['a=ptime:10'], 10],
  ] as const)(
    '%s',
    async (what, codec, attributes, ptime) => {
      await using rtp = await RtpPeer.open(codec);
      const name = `media-${what.replace(/[^a-zA-Z0-9]/g, '')}`;
      const sdp = rtp.sdp().replace(/(a=sendrecv)/, [...attributes, '$1'].join('\r\n'));
      await using calling = sipp(steps(dialled(sdp), pause(1_800), hangUp(2)), [...named(name), line], { timeout: 20 });
      await aimBack(rtp);
      await rtp.speak(tone([440], 8_000), { ptime });
      expect((await calling.done).status).toBe(0);
      await atRest(bank);
      const events = onlyCall(bank, name);
      expectWhole(events);
      expect(events.find(({ type }) => type === 'call-answered')).toMatchObject({ codec });
      expect(new Set(rtp.received.map(({ payloadType }) => payloadType))).toEqual(new Set([codec === 'PCMA' ? 8 : 0]));
      const recording = await recordingOf(events);
      expect(recording.manifest.tracks.map((track) => track.codec)).toEqual([codec, codec]);
      const heard = msOfTone(await recording.track('customer'), 440);
      expect(heard).toBeGreaterThan(800);
      expect(rtp.heard().some((sample) => Math.abs(sample) > 1_000)).toBe(true);
    },
    60_000,
  );

  test('50 calls at the same time, all talking, all recorded', async () => {
    const file = join(bank.folder, 'talk.ulaw');
    await writeFile(file, encodeMulaw(tone([440], 8_000)));
    const sdp = sdpOf('0 101', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:101 telephone-event/8000').replace(
      '[media_port]',
      '[rtpstream_audio_port]',
    );
    const scenario = steps(dialled(sdp), exec(`rtp_stream="${file},-1,0"`), pause(6_000), hangUp(2));
    await using calling = sipp(scenario, ['-r', '15', '-l', '50', ...named('fifty'), line], { calls: 50, timeout: 40 });
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, bank.app.liveCalls)), 50);
    const { status, errors } = await calling.done.finally(() => clearInterval(watch));
    expect(status, errors).toBe(0);
    await atRest(bank, 60_000); // seals wait for a quieter moment
    const calls = callsOf(bank, 'fifty');
    expect(calls).toHaveLength(50);
    expect(most).toBe(50);
    for (const events of calls) {
      expectWhole(events);
      const recording = await recordingOf(events);
      expect(msOfTone(await recording.track('customer'), 440)).toBeGreaterThan(4_000);
    }
  }, 150_000);
});
