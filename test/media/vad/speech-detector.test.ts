import { legSample } from '../../../src/domain/units.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mixInto } from '../../../src/audio/mixer.ts';
import { dtmfTone, tone } from '../../../src/audio/tone.ts';
import type { FrameSource } from '../../../src/domain/frame-source.ts';
import { openSilero, type Silero } from '../../../src/media/vad/silero.ts';
import { SpeechDetector, type SpeechEvent } from '../../../src/media/vad/speech-detector.ts';
import { noise } from '../../support/noise.ts';
import { spokenUtterances } from '../../support/speech-data.ts';
import { type LockstepSilero, lockstep } from './lockstep-silero.ts';
import { frameOf, MS, POLICY } from './scripted-detector.ts';

type Timed = SpeechEvent & { readonly now: number };

/** Plays each piece of audio (and a second of nothing) to a detector of its own, all at once, in steps of 20 ms. */
async function hearAll(pieces: readonly Int16Array[], lock: LockstepSilero | undefined): Promise<Timed[][]> {
  let now = 0;
  const heard = pieces.map((): Timed[] => []);
  const detectors = heard.map((events) => {
    const detector = new SpeechDetector({ silero: lock?.silero, onEvent: (event) => events.push({ ...event, now }) });
    detector.policy(POLICY);
    return detector;
  });
  const longest = Math.max(...pieces.map(({ length }) => length)) + 8000;
  for (; now < longest; ) {
    const at = now;
    now += 160;
    for (const [n, detector] of detectors.entries()) detector.hear(legSample(at), frameOf(pieces[n], at));
    await lock?.settle();
  }
  for (const detector of detectors) detector.close();
  return heard;
}

const began = (events: readonly Timed[]) => events.flatMap((event) => (event.type === 'speech-began' ? [event] : []));
const ended = (events: readonly Timed[]) => events.flatMap((event) => (event.type === 'speech-ended' ? [event] : []));
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const share = (values: readonly number[], fits: (value: number) => boolean): number =>
  values.filter(fits).length / values.length;

describe('with Silero', () => {
  let silero: Silero;
  let lock: LockstepSilero;
  beforeAll(async () => {
    silero = await openSilero({ onLost: () => undefined });
    lock = lockstep(silero);
  });
  afterAll(() => silero.close());

  test('244 utterances: each is found, its ends within bounds', async (context) => {
    const spoken = spokenUtterances();
    if (spoken.length === 0) return context.skip('no speech data');
    const heard = await hearAll(
      spoken.map(({ samples }) => samples),
      lock,
    );
    expect(heard.filter((events) => began(events).length === 0).length).toBe(0);
    const onset = heard.map((events, n) => ((began(events)[0]?.at ?? 0) - (spoken[n]?.begins ?? 0)) / MS);
    const latency = heard.map((events, n) => ((began(events)[0]?.now ?? 0) - (spoken[n]?.begins ?? 0)) / MS);
    const offset = heard.map((events, n) => ((ended(events).at(-1)?.endedAt ?? 0) - (spoken[n]?.ends ?? 0)) / MS);
    expect(median(latency)).toBeLessThanOrEqual(140);
    expect(share(latency, (ms) => ms <= 250)).toBeGreaterThan(0.95);
    expect(share(onset, (ms) => Math.abs(ms) <= 100)).toBeGreaterThan(0.95);
    expect(Math.abs(median(offset))).toBeLessThanOrEqual(60);
    expect(share(offset, (ms) => Math.abs(ms) <= 200)).toBeGreaterThan(0.93);
    // cut in two by a pause of half a second: prompts of several sentences
    expect(
      share(
        heard.map((events) => began(events).length),
        (count) => count === 1,
      ),
    ).toBeGreaterThan(0.98);
  });

  test('in noise of 10 dB below the speech', async (context) => {
    const spoken = spokenUtterances().filter((_, n) => n % 5 === 0);
    if (spoken.length === 0) return context.skip('no speech data');
    const pieces = spoken.map(({ samples, begins, ends }, n) => {
      let energy = 0;
      for (const sample of samples.subarray(begins, ends)) energy += sample * sample;
      const mixed = noise(samples.length, Math.sqrt((3 * energy) / (ends - begins) / 10), n + 1);
      mixInto(mixed, samples);
      return mixed;
    });
    const heard = await hearAll(pieces, lock);
    const latency = heard.map(
      (events, n) => ((began(events)[0]?.now ?? Number.POSITIVE_INFINITY) - (spoken[n]?.begins ?? 0)) / MS,
    );
    expect(median(latency)).toBeLessThanOrEqual(200);
    expect(share(latency, (ms) => ms > -100 && ms <= 500)).toBeGreaterThan(0.9);
  });

  test('nothing begins on tones, keys, clicks, chords and noise', async () => {
    const chord = tone([262, 330, 392], 24_000, { amplitude: 4000 });
    const clicks = new Int16Array(24_000);
    for (let at = 0; at < clicks.length; at += 1900) clicks.set(noise(24, 20_000, at + 1), at);
    const keys = new Int16Array(24_000);
    for (const [n, key] of Array.from('1234567890').entries()) keys.set(dtmfTone(key, 800), 1000 + n * 2000);
    const bursts = new Int16Array(24_000);
    for (let at = 2000; at < bursts.length - 3000; at += 6000) bursts.set(noise(2400, 6000, at), at);
    // plucked notes with their overtones
    const melody = new Int16Array(32_000);
    for (const [n, hz] of [196, 247, 294, 392, 330, 294, 247, 220].entries())
      for (let i = 0; i < 4000; i++)
        for (const overtone of [1, 2, 3, 4])
          melody[n * 4000 + i] =
            (melody[n * 4000 + i] ?? 0) +
            (4000 / overtone) * Math.exp(-i / 1500) * Math.sin((2 * Math.PI * hz * overtone * i) / 8000);
    const pieces = {
      melody,
      tone: tone([1000], 24_000),
      ringing: tone([440, 480], 24_000),
      fax: tone([2100], 24_000),
      chord,
      clicks,
      keys,
      bursts,
      hiss: noise(40_000, 3000),
      loudHiss: noise(40_000, 15_000),
      silence: new Int16Array(8000),
    };
    const heard = await hearAll(Object.values(pieces), lock);
    const falseStarts = Object.keys(pieces).filter((_, n) => began(heard[n] ?? []).length > 0);
    // a struck note can pass for a vowel for a moment: the prompt pauses, but nothing is committed
    expect(falseStarts.filter((name) => name !== 'melody')).toEqual([]);
    expect(heard[0]?.filter(({ type }) => type === 'speech-sustained')).toEqual([]);
    expect(began(heard[0] ?? []).length).toBeLessThanOrEqual(1);
  });

  test('Silero hears only what may be speech', async () => {
    const before = silero.counts.frames;
    await hearAll([noise(40_000, 300)], lock);
    // the first seconds of a steady noise at most
    expect(silero.counts.frames - before).toBeLessThan(100);
    const after = silero.counts.frames;
    await hearAll([new Int16Array(40_000)], lock);
    expect(silero.counts.frames).toBe(after);
  });
});

describe('whose sound it is', () => {
  /** Speech at once, by a model that is sure. @param sources - of the frames; the last one goes on */
  function hear(sources: readonly FrameSource[]): SpeechEvent[] {
    const events: SpeechEvent[] = [];
    const owed: number[] = [];
    let answer: (probability: number) => void = () => undefined;
    const silero = {
      open(onProbability: (probability: number) => void) {
        answer = onProbability;
        return {
          push: (frame: Int16Array) => owed.push(frame.every((sample) => sample === 0) ? 0 : 0.95) > 0,
          reset: () => owed.splice(0),
          close: () => undefined,
        };
      },
    } as unknown as Silero;
    const detector = new SpeechDetector({ silero, onEvent: (event) => events.push(event) });
    detector.policy(POLICY);
    const loud = noise(160, 6000);
    for (let frame = 0; frame < 60; frame++) {
      const speaks = frame >= 30;
      const source = speaks ? (sources[frame - 30] ?? sources.at(-1)) : 'caller';
      detector.hear(legSample(frame * 160), speaks ? loud : new Int16Array(160), source);
      for (const probability of owed.splice(0)) answer(probability);
    }
    detector.close();
    return events;
  }

  test('what is not known yet begins nothing', () => {
    expect(hear(['unknown'])).toEqual([]);
    expect(hear(['unknown', 'unknown', 'unknown', 'mistaken', 'playback'])).toEqual([]);
  });

  test('what is cleared counts from its first sound on, and sooner than what becomes the caller without a word', () => {
    const unknown: FrameSource[] = ['unknown', 'unknown', 'unknown', 'unknown'];
    const [cleared] = hear([...unknown, 'cleared', 'caller']);
    expect(cleared).toMatchObject({ type: 'speech-began' });
    expect((cleared as { at: number }).at).toBeLessThanOrEqual(31 * 160);
  });
});
