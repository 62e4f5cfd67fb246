import { legSample } from '../../../src/domain/units.ts';
import { describe, expect, test } from 'vitest';
import { tone } from '../../../src/audio/tone.ts';
import { type Silero, type SileroStream } from '../../../src/media/vad/silero.ts';
import { SpeechDetector, type SpeechEvent } from '../../../src/media/vad/speech-detector.ts';
import { frameOf, MS, POLICY, silence } from './scripted-detector.ts';

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
    detector.hear(legSample(at + offset), frameOf(audio, offset));
    answer();
  }
  return at + audio.length;
}

const voice = (milliseconds: number): Int16Array => tone([150, 450, 900], milliseconds * MS, { amplitude: 3000 });

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
