import { expect, test } from 'vitest';
import { shareAt } from '../../src/audio/goertzel.ts';
import { newLegId } from '../../src/domain/ids.ts';
import { durationOf } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openEmbeddedMediaServer } from '../../src/media/embedded/embedded-media-server.ts';
import { clipId, ramp } from './lines.ts';
import { RtpPeer } from './rtp-peer.ts';
import { contact, Line, never, Studio, turn } from './studio.ts';

/** Without the silence before and after. */
function loudPart(samples: Int16Array): Int16Array {
  const from = samples.findIndex((sample) => Math.abs(sample) > 500);
  const to = samples.findLastIndex((sample) => Math.abs(sample) > 500);
  return from < 0 ? new Int16Array(0) : samples.subarray(from, to + 1);
}

/** Where `needle` starts in `samples`, or -1. */
function indexOf(samples: Int16Array, needle: Int16Array): number {
  for (let at = 0; at + needle.length <= samples.length; at++) {
    let i = 0;
    while (i < needle.length && samples[at + i] === needle[i]) i++;
    if (i === needle.length) return at;
  }
  return -1;
}

test('a clip is played to the sample, on a grid of 160, with one stream and a marker at its start', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  const clip = studio.speech.clip('a', ramp(8_037));
  await line.peer.until((packets) => packets.length > 5, 'silence while nothing plays');
  const playback = line.endpoint.play({ turn, clips: [clip], bargeIn: 'none' });
  const finished = await line.event('playback-finished');
  const started = await line.event('playback-started');
  expect(finished).toEqual({ type: 'playback-finished', playback, turn, played: 8_037, error: 0, because: 'end' });
  expect(started).toMatchObject({ playback, turn });
  await line.peer.until((packets) => packets.length > 62, 'silence after it');
  const { received } = line.peer;
  for (const [i, packet] of received.slice(1).entries()) {
    expect(packet.sequence).toBe(((received[i]?.sequence ?? 0) + 1) & 0xffff);
    expect(((packet.timestamp - (received[i]?.timestamp ?? 0)) | 0) % 160).toBe(0);
    expect((packet.timestamp - (received[i]?.timestamp ?? 0)) | 0).toBeGreaterThan(0);
    expect(packet.payload.length).toBe(160);
    expect(packet.ssrc).toBe(received[0]?.ssrc);
  }
  const heard = line.peer.heard();
  const begin = indexOf(heard, ramp(8_037));
  expect(begin).toBeGreaterThan(0);
  expect(begin % 160).toBe(0);
  expect(received.filter(({ marker }) => marker).map((packet) => received.indexOf(packet))).toEqual([0, begin / 160]);
  expect([...new Set(heard.subarray(0, begin))]).toEqual([0]);
  expect([...new Set(heard.subarray(begin + 8_037))]).toEqual([0]);
  expect(durationOf(heard.length, 8000)).toBeGreaterThan(1_000);
});

test('clips and playbacks follow each other without a gap, across packet boundaries', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  const pieces = [ramp(333), ramp(1_001, 333), ramp(77, 1_334), ramp(2_000, 1_411)];
  const [a, b, c, d] = pieces.map((piece, i) => studio.speech.clip(`piece-${i}`, piece));
  line.endpoint.play({ turn, clips: [a!, b!], bargeIn: 'none' });
  const second = line.endpoint.play({ turn, clips: [c!, d!], bargeIn: 'none' });
  await line.event('playback-finished', ({ playback }) => playback === second);
  expect(line.all('playback-finished').map(({ played }) => played)).toEqual([1_334, 2_077]);
  expect(line.events.filter(({ type }) => type.startsWith('playback')).map(({ type }) => type)).toEqual([
    'playback-started',
    'playback-finished',
    'playback-started',
    'playback-finished',
  ]);
  await line.peer.until(() => indexOf(line.peer.heard(), ramp(3_411)) >= 0, 'all pieces in a row');
});

test('A-law legs hear A-law; one clip serves both codecs', async () => {
  await using studio = await Studio.open();
  const clip = studio.speech.tone('tone', 440, 4_000);
  const [alaw, mulaw] = [await studio.line({ codec: 'PCMA' }), await studio.line()];
  for (const line of [alaw, mulaw]) line.endpoint.play({ turn, clips: [clip], bargeIn: 'none' });
  for (const line of [alaw, mulaw]) {
    await line.event('playback-finished');
    await line.peer.until((packets) => packets.length > 30, 'the tone');
    expect(shareAt(loudPart(line.peer.heard()), 440)).toBeGreaterThan(0.98);
  }
  expect(alaw.endpoint.codec).toBe('PCMA');
  expect(new Set(alaw.peer.received.map(({ payloadType }) => payloadType))).toEqual(new Set([8]));
});

test('stop is silence with the next packet, and flushes what is queued', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  const long = studio.speech.tone('long', 700, 80_000);
  const first = line.endpoint.play({ turn, clips: [long], bargeIn: 'none' });
  const second = line.endpoint.play({ turn, clips: [long], bargeIn: 'none' });
  await line.peer.until(() => loudPart(line.peer.heard()).length > 3_200, 'sound');
  const before = line.peer.received.length;
  line.endpoint.stop();
  await line.event('playback-finished', ({ playback }) => playback === second);
  await line.peer.until((packets) => packets.length > before + 12, 'packets after the stop');
  const loud = line.peer.received.map(({ payload }) => loudPart(line.peer.decode(payload)).length > 0);
  // the command takes a moment; that nothing sounds after it shows in `played` below
  expect(loud.lastIndexOf(true)).toBeLessThanOrEqual(before + 5);
  const finished = line.all('playback-finished');
  expect(finished.map(({ playback, because }) => [playback, because])).toEqual([
    [first, 'stopped'],
    [second, 'stopped'],
  ]);
  expect(finished[0]?.played).toBe(loud.filter(Boolean).length * 160);
  expect(finished[1]?.played).toBe(0);
});

test('stopping one playback lets the next begin', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  const first = line.endpoint.play({ turn, clips: [studio.speech.tone('long', 700, 80_000)], bargeIn: 'none' });
  const second = line.endpoint.play({ turn, clips: [studio.speech.tone('short', 400, 1_600)], bargeIn: 'none' });
  await line.event('playback-started', ({ playback }) => playback === first);
  line.endpoint.stop(first);
  expect((await line.event('playback-finished', ({ playback }) => playback === second)).because).toBe('end');
});

test('a loop repeats without a gap until it is stopped', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  const music = line.endpoint.play({
    turn,
    clips: [studio.speech.clip('bar', ramp(700))],
    bargeIn: 'none',
    loop: true,
  });
  const thrice = Int16Array.from({ length: 2_100 }, (_, i) => ramp(700)[i % 700] ?? 0);
  await line.peer.until(() => indexOf(line.peer.heard(), thrice) >= 0, 'three rounds');
  line.endpoint.stop(music);
  expect((await line.event('playback-finished')).because).toBe('stopped');
});

test('speech that is still being made is played from its first chunk; an underrun is silence, not an end', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  const clip = clipId('streamed');
  studio.speech.manual.add(clip);
  const whole = ramp(4_000);
  const chunk = (from: number, to: number, last: boolean): void =>
    studio.speech.send({ type: 'clip-chunk', clip, offset: from, samples: whole.slice(from, to), last, keep: false });
  line.endpoint.play({ turn, clips: [clip], bargeIn: 'none' });
  await studio.speech.until(() => studio.speech.asked.includes(clip), 'the request');
  chunk(0, 1_000, false);
  await line.event('playback-started');
  await line.peer.until(() => indexOf(line.peer.heard(), whole.subarray(0, 1_000)) >= 0, 'the first chunk');
  const packets = line.peer.received.length;
  await line.peer.until((received) => received.length > packets + 5, 'silence meanwhile');
  chunk(1_000, 4_000, true);
  const { played, because } = await line.event('playback-finished');
  expect([played, because]).toEqual([4_000, 'end']);
  await line.peer.until(() => indexOf(line.peer.heard(), whole.subarray(1_000)) >= 0, 'the second chunk');
});

test('a clip that cannot be had ends its playback as failed, and the next one plays', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  const failing = line.endpoint.play({ turn, clips: [clipId('unknown')], bargeIn: 'none' });
  const good = line.endpoint.play({ turn, clips: [studio.speech.tone('good', 500, 800)], bargeIn: 'none' });
  expect(await line.event('playback-finished', ({ playback }) => playback === failing)).toMatchObject({
    because: 'failed',
    played: 0,
  });
  expect(await line.event('playback-finished', ({ playback }) => playback === good)).toMatchObject({
    because: 'end',
    played: 800,
  });
});

test('without a speech worker playbacks fail instead of waiting for ever', async () => {
  const server = await openEmbeddedMediaServer(
    {
      hosts: ['127.0.0.1'],
      portRange: { min: 0, max: 0 },
      workers: 1,
      rtpTimeoutMs: 30_000,
      codecs: ['PCMU'],
      voiceActivity: 'off',
      inbandDtmf: false,
    },
    silentLogger,
  );
  await using peer = await RtpPeer.open();
  const endpoint = await server.createEndpoint(
    { leg: newLegId(Date.now()), contact, remoteSdp: peer.sdp(), listen: false },
    never,
  );
  const line = new Line(endpoint, peer, undefined);
  endpoint.play({ turn, clips: [clipId('anything')], bargeIn: 'none' });
  expect((await line.event('playback-finished')).because).toBe('failed');
  await server[Symbol.asyncDispose]();
});

test('static clips are fetched once, dynamic ones again', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  const fixed = studio.speech.tone('fixed', 500, 480);
  for (let i = 0; i < 2; i++) {
    const playback = line.endpoint.play({ turn, clips: [fixed], bargeIn: 'none' });
    await line.event('playback-finished', (event) => event.playback === playback);
  }
  expect(studio.speech.asked.filter((clip) => clip === fixed)).toHaveLength(1);
  const personal = clipId('personal');
  studio.speech.manual.add(personal);
  for (let i = 1; i <= 2; i++) {
    const playback = line.endpoint.play({ turn, clips: [personal], bargeIn: 'none' });
    await studio.speech.until(
      () => studio.speech.asked.filter((clip) => clip === personal).length === i,
      'the request',
    );
    studio.speech.send({ type: 'clip-chunk', clip: personal, offset: 0, samples: ramp(480), last: true, keep: false });
    await line.event('playback-finished', (event) => event.playback === playback);
  }
});
