import { legSample } from '../../../src/domain/units.ts';
import { expect, test } from 'vitest';
import { EchoControl } from '../../../src/audio/echo/echo-control.ts';
import { RealFft } from '../../../src/audio/echo/real-fft.ts';
import type { FrameSource } from '../../../src/domain/frame-source.ts';
import { EchoPath, type EchoPathOptions, random } from '../../support/echo-path.ts';

const FRAME = 160;

/** Like a voice: syllables of noise with a formant each, and pauses between them. */
function voice(seed: number, seconds: number): Int16Array {
  const uniform = random(seed);
  const out = new Int16Array(seconds * 8000);
  for (let at = 400; at + 2400 < out.length; ) {
    const length = 800 + Math.floor(uniform() * 1600);
    const turn = 0.3 + uniform() * 1.5;
    let [before, last] = [0, 0];
    for (let n = 0; n < length; n++) {
      const value = 1.8 * Math.cos(turn) * last - 0.81 * before + (uniform() - 0.5) * 2000;
      [before, last] = [last, value];
      out[at + n] = value * Math.sin((Math.PI * n) / length);
    }
    at += length + 200 + Math.floor(uniform() * 800);
  }
  return out;
}

/** Sources of the loud frames, frame by frame. @param near - what is said at the far end, from second 4 on */
function hear(path: EchoPathOptions, near?: Int16Array, aheadMs = 0): { sources: FrameSource[]; control: EchoControl } {
  const prompt = voice(1, 8);
  const far = new EchoPath(path);
  const control = new EchoControl();
  const sources: FrameSource[] = [];
  for (let at = 0; at < prompt.length; at += FRAME) {
    const frame = prompt.subarray(at, at + FRAME);
    const said = near?.subarray(Math.max(0, at - 32_000), Math.max(0, at - 32_000) + FRAME);
    const heard = far.pass(frame, at < 32_000 || said === undefined ? undefined : Float64Array.from(said));
    const loud = heard.reduce((sum, sample) => sum + sample * sample, 0) > FRAME * 200 ** 2;
    control.played.play(legSample(at), frame);
    const source = control.hear(legSample(at + aheadMs * 8), heard, legSample(at + FRAME));
    if (loud) sources.push(source);
  }
  return { sources, control };
}
const share = (sources: readonly FrameSource[], source: FrameSource): number =>
  sources.filter((one) => one === source).length / sources.length;

test.each([
  ['a hybrid', { kind: 'hybrid', levelDb: -12, delayMs: 60, seed: 5 }, 0],
  ['a loudspeaker', { kind: 'loudspeaker', levelDb: -6, delayMs: 150, seed: 6 }, 0],
  ['a loudspeaker that distorts', { kind: 'loudspeaker', levelDb: -6, delayMs: 20, distortion: 'soft', seed: 7 }, 0],
  ['a stream whose first packet was late', { kind: 'hybrid', levelDb: -12, delayMs: 100, seed: 8 }, 400],
] as const)('the echo of %s is found, and is not the caller', (_what, path, aheadMs) => {
  const { sources, control } = hear(path, undefined, aheadMs);
  expect(control.delay).toBeGreaterThan((path.delayMs + aheadMs - 30) * 8);
  expect(control.delay).toBeLessThan((path.delayMs + aheadMs + 60) * 8);
  expect(sources.length).toBeGreaterThan(50);
  expect(share(sources, 'caller')).toBeLessThan(0.05);
});

/**
 * A far end that sends a packet for each that it gets, on a machine that gives up packets: its stream, and with it the echo,
 * falls behind our positions. @returns sources of the loud frames after the first 4 s
 */
function counting(
  delayFrames: number,
  levelDb: number,
  givenUp: (frame: number) => number,
  near?: Int16Array,
): FrameSource[] {
  const prompt = voice(1, 12);
  const control = new EchoControl();
  const far = new EchoPath({ kind: 'hybrid', levelDb, delayMs: delayFrames * 20, seed: 5 });
  const sources: FrameSource[] = [];
  let skipped = 0;
  for (let n = 0; n * FRAME < prompt.length; n++) {
    skipped += givenUp(n) * FRAME;
    const said = prompt.subarray(n * FRAME, (n + 1) * FRAME);
    const at = n * FRAME + skipped;
    const from = n * FRAME - 64_000;
    const heard = far.pass(
      said,
      near === undefined || from < 0 ? undefined : Float64Array.from(near.subarray(from, from + FRAME)),
    );
    const loud = heard.reduce((sum, sample) => sum + sample * sample, 0) > FRAME * 200 ** 2;
    control.played.play(legSample(at), said);
    const source = control.hear(legSample(n * FRAME), heard, legSample(at + FRAME));
    if (loud && n > 200) sources.push(source);
  }
  return sources;
}

test.each([
  [1, -6],
  [3, -12],
  [8, -12],
])('packets that we give up move the echo of a far end that counts them: %i packets later, %i dB', (delay, level) => {
  // 60 ms at 4.4 s, and 20 ms each second from 6 s on
  const givenUp = (n: number): number => (n === 220 ? 3 : n >= 300 && n % 50 === 0 ? 1 : 0);
  const sources = counting(delay, level, givenUp);
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.filter((source) => source === 'caller' || source === 'mistaken')).toEqual([]);
  const interrupted = counting(delay, level, givenUp, voice(77, 4));
  expect(interrupted.filter((source) => source === 'caller').length).toBeGreaterThan(20);
});

test('holes do not say that a line has no echo', () => {
  const prompt = voice(1, 6);
  const far = new EchoPath({ kind: 'hybrid', levelDb: -12, delayMs: 60, seed: 5 });
  const control = new EchoControl();
  const sources: FrameSource[] = [];
  for (let at = 0; at < prompt.length; at += FRAME) {
    const frame = prompt.subarray(at, at + FRAME);
    const hole = at < 16_000;
    control.played.play(legSample(at), frame);
    const heard = far.pass(frame);
    sources.push(control.hear(legSample(at), hole ? new Int16Array(FRAME) : heard, legSample(at + FRAME), hole));
  }
  expect(sources.slice(100)).not.toContain('mistaken');
  expect(share(sources.slice(100), 'caller')).toBeLessThan(0.05);
});

test('who speaks at the same time is heard through the echo', () => {
  const path = { kind: 'hybrid', levelDb: -20, delayMs: 60, seed: 5 } as const;
  const alone = hear(path).sources.filter((source) => source === 'caller' || source === 'cleared').length;
  const { sources } = hear(path, voice(77, 4));
  expect(sources.filter((source) => source === 'caller').length).toBeGreaterThan(alone + 30);
});

test('on a line that sends nothing back nothing is found, and everything is the caller', () => {
  const { sources, control } = hear(
    { kind: 'hybrid', levelDb: Number.NEGATIVE_INFINITY, delayMs: 0, seed: 5 },
    voice(77, 4),
  );
  expect(control.delay).toBeUndefined();
  expect(share(sources, 'caller')).toBeGreaterThan(0.9);
});

test('a transform and its inverse give back the samples, and agree with the definition', () => {
  const transform = new RealFft(64);
  const uniform = random(3);
  const samples = Float32Array.from({ length: 64 }, () => uniform() - 0.5);
  const re = new Float32Array(33);
  const im = new Float32Array(33);
  const back = new Float32Array(64);
  transform.forward(samples, re, im);
  transform.inverse(re, im, back);
  for (let k = 0; k <= 32; k++) {
    const sum = samples.reduce((total, sample, n) => total + sample * Math.cos((2 * Math.PI * k * n) / 64), 0);
    expect(re[k]).toBeCloseTo(sum, 4);
  }
  for (const [n, sample] of samples.entries()) expect(back[n]).toBeCloseTo(sample, 5);
});

test('a far end that mutes itself has no echo any more, and has it again', () => {
  const prompt = voice(1, 90);
  const far = new EchoPath({ kind: 'hybrid', levelDb: -12, delayMs: 60, seed: 5 });
  const control = new EchoControl();
  const [muted, back] = [10 * 8000, 80 * 8000];
  const delays: (number | undefined)[] = [];
  for (let at = 0; at < prompt.length; at += FRAME) {
    const frame = prompt.subarray(at, at + FRAME);
    const heard = far.pass(frame);
    control.played.play(legSample(at), frame);
    if (at === muted || at === back) delays.push(control.delay);
    control.hear(
      legSample(at),
      at >= muted && at < back ? new Int16Array(FRAME).fill(2) : heard,
      legSample(at + FRAME),
    );
  }
  expect([...delays, control.delay]).toEqual([480, undefined, 480]);
});

/** A far end that is silent for two seconds and sends back what it hears from then on. @returns sources of the loud frames */
function beginsToEcho(levelDb: number, delayMs: number, near?: Int16Array): FrameSource[] {
  const prompt = voice(1, 8);
  const silent = new EchoPath({ kind: 'hybrid', levelDb: Number.NEGATIVE_INFINITY, delayMs: 0, seed: 5 });
  const far = new EchoPath({ kind: 'hybrid', levelDb, delayMs, seed: 5 });
  const control = new EchoControl();
  const sources: FrameSource[] = [];
  for (let at = 0; at < prompt.length; at += FRAME) {
    const frame = prompt.subarray(at, at + FRAME);
    const from = at - 16_000;
    const said = near === undefined || from < 0 ? undefined : Float64Array.from(near.subarray(from, from + FRAME));
    const echoed = far.pass(frame);
    const heard = from < 0 ? silent.pass(frame) : near === undefined ? echoed : silent.pass(frame, said);
    const loud = heard.reduce((sum, sample) => sum + sample * sample, 0) > FRAME * 200 ** 2;
    control.played.play(legSample(at), frame);
    const source = control.hear(legSample(at), heard, legSample(at + FRAME));
    if (loud) sources.push(source);
  }
  return sources;
}

test.each([
  [-6, 40],
  [-12, 100],
  [-12, 200],
  [-20, 60],
])(
  'a silent line that begins to send back (%i dB, %i ms) is not taken for the caller, not even for a moment',
  (level, delay) => {
    const sources = beginsToEcho(level, delay);
    const found = sources.findIndex((source) => source === 'mistaken' || source === 'playback');
    expect(found).toBeGreaterThanOrEqual(0);
    expect(found).toBeLessThanOrEqual(12);
    expect(sources.slice(0, found).filter((source) => source !== 'unknown')).toEqual([]);
    expect(sources).not.toContain('cleared');
    expect(share(sources, 'caller')).toBeLessThan(0.06);
  },
);

test('who speaks over the prompt on a silent line is known after 80 ms, and from his first sound on', () => {
  const sources = beginsToEcho(-12, 60, voice(77, 5));
  const known = sources.findIndex((source) => source === 'cleared');
  expect(known).toBeGreaterThanOrEqual(0);
  expect(known).toBeLessThanOrEqual(4);
  expect(share(sources, 'caller')).toBeGreaterThan(0.7);
  expect(share(sources, 'mistaken')).toBe(0);
});
