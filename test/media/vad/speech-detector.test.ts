import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mixInto } from '../../../src/audio/mixer.ts';
import { dtmfTone, tone } from '../../../src/audio/tone.ts';
import type { FrameSource } from '../../../src/domain/frame-source.ts';
import { openSilero, type Silero, type SileroStream } from '../../../src/media/vad/silero.ts';
import { SpeechDetector, type SpeechEvent } from '../../../src/media/vad/speech-detector.ts';
import { noise } from '../../support/noise.ts';
import { spokenUtterances } from '../../support/speech-data.ts';
import { type LockstepSilero, lockstep } from './lockstep-silero.ts';

const POLICY = { speculateAfterMs: 224, incompleteMs: 500, sustainMs: 400 };
const MS = 8;

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
    for (const [n, detector] of detectors.entries()) detector.hear(at, frameOf(pieces[n], at));
    await lock?.settle();
  }
  for (const detector of detectors) detector.close();
  return heard;
}

function frameOf(audio: Int16Array | undefined, at: number): Int16Array {
  const frame = new Int16Array(160);
  if (audio !== undefined) frame.set(audio.subarray(at, at + 160));
  return frame;
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

/** A Silero in the test's hands: what is loud has the probability that the test says, what is not has none. */
function scripted() {
  const state = { accepts: true, answers: true, probability: 0.95, owed: [] as number[] };
  let listen: ((probability: number) => void) | undefined;
  const stream: SileroStream = {
    push(frame) {
      if (state.accepts) state.owed.push(frame.some((sample) => sample !== 0) ? state.probability : 0);
      return state.accepts;
    },
    reset() {
      state.owed = [];
    },
    close() {
      state.owed = [];
    },
  };
  const silero: Silero = {
    ready: true,
    counts: { frames: 0, batches: 0, refused: 0, lost: 0 },
    pid: undefined,
    open(onProbability) {
      listen = onProbability;
      return stream;
    },
    flush: () => undefined,
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  /** Answers all that is owed. */
  const answer = (): void => {
    if (!state.answers) return;
    for (let next = state.owed.shift(); next !== undefined; next = state.owed.shift()) listen?.(next);
  };
  return { state, silero, answer };
}

/** Plays audio from position `at` on; returns the position behind it. */
function play(detector: SpeechDetector, at: number, audio: Int16Array, answer: () => void = () => undefined): number {
  for (let offset = 0; offset < audio.length; offset += 160) {
    detector.hear(at + offset, frameOf(audio, offset));
    answer();
  }
  return at + audio.length;
}

const voice = (milliseconds: number): Int16Array => tone([150, 450, 900], milliseconds * MS, { amplitude: 3000 });
const silence = (milliseconds: number): Int16Array => new Int16Array(milliseconds * MS);

function listening(silero: Silero | undefined) {
  const events: SpeechEvent[] = [];
  const detector = new SpeechDetector({ silero, onEvent: (event) => events.push(event) });
  detector.policy(POLICY);
  return { events, detector, types: () => events.map(({ type }) => type) };
}

describe('when Silero is not to be had', () => {
  test.each([
    ['there is none', undefined, 0],
    ['it refuses', { accepts: false }, 1],
    ['it does not answer', { answers: false }, 1],
  ] as const)('energy decides: %s', (_, how, fallbacks) => {
    const { state, silero, answer } = scripted();
    Object.assign(state, how);
    const { detector, types, events } = listening(how === undefined ? undefined : silero);
    const at = play(detector, 0, silence(1000), answer);
    play(detector, play(detector, at, voice(800), answer), silence(1000), answer);
    expect(types()).toEqual(['speech-began', 'speech-sustained', 'speech-paused', 'speech-ended']);
    expect(events[0]).toMatchObject({ at });
    expect(events.at(-1)).toMatchObject({ endedAt: at + 800 * MS });
    expect(detector.counts.fallbacks).toBe(fallbacks);
    detector.close();
  });

  test('a click is not enough', () => {
    const { detector, types } = listening(undefined);
    play(detector, play(detector, play(detector, 0, silence(1000)), voice(40)), silence(1000));
    expect(types()).toEqual([]);
  });

  test('Silero is believed again once it is back', () => {
    const { state, silero, answer } = scripted();
    const { detector, types } = listening(silero);
    state.accepts = false;
    let at = play(detector, 0, silence(1000), answer);
    at = play(detector, at, voice(600), answer);
    at = play(detector, at, silence(1200), answer);
    expect(types().at(-1)).toBe('speech-ended');
    Object.assign(state, { accepts: true, probability: 0.01 });
    play(detector, at, voice(600), answer);
    expect(types().filter((type) => type === 'speech-began')).toHaveLength(1);
    detector.close();
  });
});

describe('what the caller of a detector may do', () => {
  test('without a policy it is deaf, and Silero is left alone', () => {
    const { state, silero, answer } = scripted();
    const events: SpeechEvent[] = [];
    const detector = new SpeechDetector({ silero, onEvent: (event) => events.push(event) });
    play(detector, 0, voice(1000), answer);
    expect([events, state.owed]).toEqual([[], []]);
    detector.close();
  });

  test('deafened in the middle of an utterance: no further event', () => {
    const { silero, answer } = scripted();
    const { detector, types } = listening(silero);
    const at = play(detector, 0, voice(300), answer);
    expect(detector.speaking).toBe(true);
    detector.policy(undefined);
    const later = play(detector, at, silence(1000), answer);
    expect(types()).toEqual(['speech-began']);
    expect(detector.speaking).toBe(false);
    detector.policy(POLICY);
    play(detector, later, voice(300), answer);
    expect(types()).toEqual(['speech-began', 'speech-began']);
    detector.close();
  });

  test('ended now, it ends once', () => {
    const { silero, answer } = scripted();
    const { detector, types } = listening(silero);
    const at = play(detector, 0, voice(300), answer);
    detector.endNow();
    detector.endNow();
    play(detector, at, silence(1000), answer);
    expect(types()).toEqual(['speech-began', 'speech-ended']);
    detector.close();
  });

  test('a hole in the stream is silence, and what was owed is forgotten', () => {
    const { state, silero, answer } = scripted();
    const { detector, types } = listening(silero);
    const at = play(detector, 0, voice(600), answer);
    state.answers = false;
    const later = play(detector, at, voice(100));
    expect(state.owed.length).toBeGreaterThan(0);
    play(detector, later + 8000, silence(20), answer);
    expect(types()).toEqual(['speech-began', 'speech-sustained', 'speech-paused', 'speech-ended']);
    expect(state.owed).toEqual([]);
    detector.close();
  });

  test('answers that come late still count, silence waits for them', () => {
    const { silero, answer } = scripted();
    const { detector, types, events } = listening(silero);
    let at = play(detector, 0, silence(500), answer);
    const begins = at;
    // nobody answers until after the end
    at = play(detector, at, voice(160));
    const ends = at;
    at = play(detector, at, silence(100));
    expect(types()).toEqual([]);
    answer();
    play(detector, at, silence(1000), answer);
    expect(types()).toEqual(['speech-began', 'speech-paused', 'speech-ended']);
    expect(events[0]).toMatchObject({ at: begins });
    const last = events.at(-1);
    expect(Math.abs((last?.type === 'speech-ended' ? last.endedAt : 0) - ends)).toBeLessThan(256);
    expect(detector.counts.fallbacks).toBe(0);
    detector.close();
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
      detector.hear(frame * 160, speaks ? loud : new Int16Array(160), source);
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
