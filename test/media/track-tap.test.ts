import { assert, boolean, constantFrom, integer, array as listOf, nat, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { PCMU } from '../../src/audio/codecs.ts';
import { FrameDecoder } from '../../src/audio/frame-codec.ts';
import { newRecordingId } from '../../src/domain/ids.ts';
import { legSample, recordingSample, sharedMs, wallMs } from '../../src/domain/units.ts';
import { newHeardPacket } from '../../src/media/engine/heard-packet.ts';
import { LegTap } from '../../src/media/engine/leg-tap.ts';
import { TapChannel } from '../../src/media/engine/tap-channel.ts';
import { TrackTap } from '../../src/media/engine/track-tap.ts';
import { LOST_BY_CRASH_MS } from '../../src/recording/loss-limits.ts';
import type { TapChunk } from '../../src/recording/tap.ts';
import { gapsOf, layOutTracks } from '../../src/recording/track-timeline.ts';

const SILENCE = 0xff;
/** Behind the clock of the property. */
const FARTHEST_WRITTEN = 2_000;
const recording = newRecordingId(1_700_000_000_000);

function collected(run: (tap: TrackTap) => void, from = 0): TapChunk[] {
  const chunks: TapChunk[] = [];
  run(new TrackTap(recording, 'customer', PCMU, recordingSample(from), (chunk) => chunks.push(chunk)));
  return chunks;
}

const packet = (at: number): Parameters<LegTap['heard']>[0] => ({
  ...newHeardPacket(),
  at: legSample(at),
  count: 160,
  samples: new FrameDecoder(PCMU).decode(sound(160)).samples,
  codec: PCMU,
  payload: sound(160),
});

const silent = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === SILENCE);
const sound = (count: number, value = 0x20): Uint8Array => new Uint8Array(count).fill(value);

test('chunks follow each other, none is longer than 500 ms, and none older than 640 ms when it leaves', () => {
  const oldest: number[] = [];
  let now = 0;
  const chunks: TapChunk[] = [];
  const tap = new TrackTap(recording, 'customer', PCMU, recordingSample(0), (chunk) => {
    oldest.push(now - chunk.at);
    chunks.push(chunk);
  });
  for (; now < 40_000; now += 160) {
    tap.collect(recordingSample(now));
    tap.write(recordingSample(now), sound(160), 160);
  }
  tap.finish(recordingSample(now));
  let end = 0;
  for (const { at, payload } of chunks) {
    expect(at).toBe(end);
    expect(payload.length).toBeLessThanOrEqual(4_000);
    end += payload.length;
  }
  expect(end).toBe(40_000);
  expect(Math.max(...oldest)).toBeLessThanOrEqual(2_560 + 2_400 + 160);
  expect(chunks.flatMap(({ gaps }) => gaps)).toEqual([]);
});

test('what is missing says why: lost between, no RTP before and after, held, not sent', () => {
  const chunks = collected((tap) => {
    tap.write(recordingSample(1_000), sound(300), 300);
    tap.hold(recordingSample(1_300), 200);
    tap.quiet(recordingSample(1_500), 300);
    tap.notSent(recordingSample(1_900), 100);
    tap.write(recordingSample(2_000), sound(100), 100);
    tap.finish(recordingSample(2_400));
  });
  expect(chunks.flatMap(({ gaps }) => gaps)).toEqual([
    { at: 0, samples: 1_000, because: 'no-rtp' },
    { at: 1_300, samples: 200, because: 'hold' },
    { at: 1_800, samples: 100, because: 'loss' },
    { at: 1_900, samples: 100, because: 'not-sent' },
    { at: 2_100, samples: 300, because: 'no-rtp' },
  ]);
});

test('whatever is written, marked and masked in whatever order, the track is whole, what comes too late fills what was missing, and nothing masked leaves', () => {
  const step = record({
    advance: nat(900),
    back: integer({ min: -700, max: 1_200 }),
    count: integer({ min: 1, max: 500 }),
    what: constantFrom('write', 'write', 'write', 'quiet', 'hold', 'notSent', 'mask'),
    toggle: boolean(),
  });
  assert(
    property(listOf(step, { minLength: 1, maxLength: 120 }), (steps) => {
      let now = 2_000;
      let maskedFrom: number | undefined;
      const masks: { from: number; to: number }[] = [];
      const chunks = collected((tap) => {
        for (const { advance, back, count, what, toggle } of steps) {
          now += advance;
          tap.collect(recordingSample(now));
          if (toggle && maskedFrom === undefined) {
            maskedFrom = now - 800;
            tap.maskFrom(recordingSample(maskedFrom));
          } else if (toggle && maskedFrom !== undefined) {
            tap.maskUntil(recordingSample(now + 800));
            masks.push({ from: maskedFrom, to: now + 800 });
            maskedFrom = undefined;
          }
          const at = Math.max(0, now - back);
          if (what === 'write') tap.write(recordingSample(at), sound(count), count);
          else tap[what](recordingSample(at), count);
        }
        tap.finish(recordingSample(now + 100));
      });
      if (maskedFrom !== undefined) masks.push({ from: maskedFrom, to: Infinity });
      let end = 0;
      /** By sample: handed on as missing, and not filled since. */
      const missing = new Uint8Array(now + FARTHEST_WRITTEN);
      for (const { at, payload, gaps } of chunks) {
        if (at < end) {
          // what came after its time leaves as a chunk of its own
          expect(gaps).toEqual([]);
          expect(missing.subarray(at, at + payload.length).every((one) => one === 1)).toBe(true);
          missing.fill(0, at, at + payload.length);
        } else {
          expect(at).toBe(end);
          end += payload.length;
        }
        for (const gap of gaps) {
          if (gap.because === 'loss' || gap.because === 'no-rtp') missing.fill(1, gap.at, gap.at + gap.samples);
          expect(gap.at).toBeGreaterThanOrEqual(at);
          expect(gap.at + gap.samples).toBeLessThanOrEqual(end);
          expect(silent(payload.subarray(gap.at - at, gap.at - at + gap.samples))).toBe(true);
        }
        for (const mask of masks)
          expect(silent(payload.subarray(Math.max(0, mask.from - at), Math.max(0, mask.to - at)))).toBe(true);
      }
      expect(end).toBeGreaterThanOrEqual(now + 100);
    }),
    // one sample that comes a moment after its chunk was handed on
    { numRuns: 60, examples: [[[{ advance: 720, back: 1_121, count: 1, what: 'write', toggle: false }]]] },
  );
});

test('audio that arrives during a secret entry is masked wherever its timestamps put it, 100 ms back by arrival too', () => {
  const line = new TapChannel();
  const chunks: TapChunk[] = [];
  line.push = (chunk) => void chunks.push(chunk);
  const tap = new LegTap({ recording, wall: wallMs(0), shared: sharedMs(0), track: 'agent' }, line, legSample(0));
  tap.useCodec(PCMU);
  // the stream lies 300 ms behind the clock: its timestamps once stood still
  const behind = 2_400;
  for (let now = 4_000; now < 16_000; now += 160) {
    if (now === 8_000) tap.mask(legSample(now));
    if (now === 9_600) tap.unmask(legSample(now));
    tap.heard(packet(now - behind), legSample(now));
    tap.collect(legSample(now));
  }
  tap.close(legSample(16_000));
  const loud: number[] = [];
  for (const { at, payload } of chunks)
    for (const [i, byte] of payload.entries()) if (byte !== SILENCE) loud.push(at + i + behind);
  const [first, last] = [loud[0] ?? 0, loud.at(-1) ?? 0];
  expect(loud.filter((arrival) => arrival >= 7_200 && arrival < 10_400)).toHaveLength(0);
  expect([first < 7_200, last >= 10_400]).toEqual([true, true]);
});

test('whoever is heard now and then, and by nobody in between, is away then: nothing was lost', () => {
  const line = new TapChannel();
  const chunks: TapChunk[] = [];
  line.push = (chunk) => void chunks.push(chunk);
  const tap = new LegTap({ recording, wall: wallMs(0), shared: sharedMs(0), track: 'supervisor' }, line, legSample(0));
  tap.useCodec(PCMU);
  for (let now = 0; now < 24_000; now += 160) {
    if (now % 8_000 === 0) tap.heardBy(now === 8_000 ? 'nobody' : 'customer');
    tap.heard(packet(now), legSample(now));
    tap.collect(legSample(now));
  }
  tap.close(legSample(24_000));
  const missing = new Map<string, number>();
  for (const { gaps } of chunks)
    for (const { because, samples } of gaps) missing.set(because, (missing.get(because) ?? 0) + samples);
  expect(missing.get('hold')).toBeGreaterThanOrEqual(8_000 - 160);
  // the packet under way at the change
  expect(missing.get('loss') ?? 0).toBeLessThanOrEqual(160);
});

test('a party whose telephone has answered has a track from when somebody hears them, whether or not they say anything; who is heard by nobody and is no agent has none', () => {
  const tracksOf = (
    track: 'agent' | 'consulted' | 'supervisor',
    audience: 'customer' | 'others' | 'nobody',
    answers = true,
  ): string[] => {
    const line = new TapChannel();
    const chunks: TapChunk[] = [];
    line.push = (chunk) => void chunks.push(chunk);
    const tap = new LegTap({ recording, wall: wallMs(0), shared: sharedMs(0), track }, line, legSample(0));
    tap.useCodec(PCMU);
    for (let now = 0; now < 16_000; now += 160) {
      if (now === 4_000 && answers) tap.heard(packet(now), legSample(now));
      if (now === 8_000) tap.heardBy(audience);
      tap.collect(legSample(now));
    }
    tap.close(legSample(16_000));
    const silence = chunks.flatMap(({ gaps }) => gaps).reduce((sum, { samples }) => sum + samples, 0);
    return [...new Set(chunks.map((chunk) => chunk.track)), ...(silence === 0 ? [] : [`${silence / 8} ms no-rtp`])];
  };
  expect(tracksOf('consulted', 'others')).toEqual(['consulted-private', '1020 ms no-rtp']);
  expect(tracksOf('consulted', 'customer')).toEqual(['consulted', '1020 ms no-rtp']);
  expect(tracksOf('supervisor', 'nobody')).toEqual([]);
  for (const audience of ['customer', 'others', 'nobody'] as const)
    expect(tracksOf('consulted', audience, false)).toEqual([]);
  expect(tracksOf('agent', 'nobody', false)).toEqual(['agent', '2000 ms no-rtp']);
});

test('what an agent says while nobody hears them is on their private track, and the other one rests meanwhile', () => {
  const line = new TapChannel();
  const chunks: TapChunk[] = [];
  line.push = (chunk) => void chunks.push(chunk);
  const tap = new LegTap({ recording, wall: wallMs(0), shared: sharedMs(0), track: 'agent' }, line, legSample(0));
  tap.useCodec(PCMU);
  // heard, on hold, heard again; before that nobody has told who hears
  for (let now = 0; now < 32_000; now += 160) {
    if (now === 8_000 || now === 24_000) tap.heardBy('customer');
    if (now === 16_000) tap.heardBy('nobody');
    tap.heard(packet(now), legSample(now));
    tap.collect(legSample(now));
  }
  tap.close(legSample(32_000));
  /** The places of what was said, and what the track lacks. */
  const said = (name: string): readonly [number, number] => {
    const loud = chunks.flatMap(({ track, at, payload }) =>
      track === name ? [...payload.entries()].flatMap(([i, byte]) => (byte === SILENCE ? [] : [at + i])) : [],
    );
    return [loud[0] ?? -1, loud.length];
  };
  const [from, samples] = said('agent-private');
  expect(from).toBeGreaterThanOrEqual(16_000 - 160);
  expect(Math.abs(samples - 8_000)).toBeLessThanOrEqual(160);
  expect(Math.abs(said('agent')[1] - 24_000)).toBeLessThanOrEqual(320);
  const lost = chunks
    .flatMap(({ gaps }) => gaps)
    .filter(({ because, samples: gap }) => because !== 'hold' && gap > 160);
  expect(lost).toEqual([]);
});

test('a stream that stalls and then comes all at once is recorded whole; nothing of what was handed on before waits for it', () => {
  const chunks: TapChunk[] = [];
  let now = 0;
  let oldest = 0;
  const line = new TapChannel();
  line.push = (chunk) => {
    chunks.push(chunk);
    if (chunk.track === 'bot') oldest = Math.max(oldest, now - chunk.at);
  };
  const tap = new LegTap({ recording, wall: wallMs(0), shared: sharedMs(0), track: 'customer' }, line, legSample(0));
  tap.useCodec(PCMU);
  const stalled = { from: 16_000, to: 32_000 };
  for (; now < 48_000; now += 160) {
    const late = now >= stalled.from && now < stalled.to;
    if (now === stalled.to)
      for (let at = stalled.from; at < stalled.to; at += 160) tap.heard(packet(at), legSample(now));
    if (!late) tap.heard(packet(now), legSample(now));
    tap.said(legSample(now), new FrameDecoder(PCMU).decode(sound(160)));
    tap.collect(legSample(now));
  }
  tap.close(legSample(now));
  // what the bot said never waits longer than is promised
  expect(oldest).toBeLessThanOrEqual(LOST_BY_CRASH_MS * 8);
  const whole = new Uint8Array(48_000).fill(SILENCE);
  for (const { at, payload, track } of chunks) if (track === 'customer') whole.set(payload, at);
  expect(whole.every((byte) => byte !== SILENCE)).toBe(true);
  const sealed = layOutTracks(
    chunks
      .filter(({ track }) => track === 'customer')
      .map((chunk, n) => ({
        ...chunk,
        sequence: n + 1,
        length: chunk.payload.length,
        octets: () => chunk.payload,
      })),
  );
  expect(sealed.flatMap((track) => gapsOf(track, 48_000))).toEqual([]);
});
