import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Endpointer, type SpeechEvent } from '../../../src/media/vad/endpointer.ts';

const POLICY = { speculateAfterMs: 224, incompleteMs: 500, sustainMs: 400 };
const FRAME = 256;

interface Heard {
  readonly event: SpeechEvent;
  /** How far had been heard. */
  readonly now: number;
}

/** One probability per frame of 32 ms. */
function run(probabilities: readonly number[], policy = POLICY): Heard[] {
  const heard: Heard[] = [];
  let now = 0;
  const endpointer = new Endpointer(policy, (event) => heard.push({ event, now }));
  for (const probability of probabilities) {
    now += FRAME;
    endpointer.hear(now - FRAME, now, probability);
  }
  return heard;
}

const times = (count: number, probability: number): number[] => Array.from({ length: count }, () => probability);
const types = (heard: readonly Heard[]): string[] => heard.map(({ event }) => event.type);

test('an utterance: began, sustained, paused, ended, to the frame', () => {
  const heard = run([...times(20, 0), ...times(30, 0.95), ...times(30, 0)]);
  const first = 20 * FRAME;
  const last = 50 * FRAME;
  expect(heard).toEqual([
    { now: first + FRAME, event: { type: 'speech-began', at: first, from: first - 1600 } },
    { now: first + 13 * FRAME, event: { type: 'speech-sustained' } },
    { now: last + 7 * FRAME, event: { type: 'speech-paused', at: last } },
    { now: last + 16 * FRAME, event: { type: 'speech-ended', endedAt: last, speech: last - first } },
  ]);
});

test('a pause within the sentence resumes', () => {
  expect(types(run([...times(20, 0.9), ...times(10, 0.1), ...times(20, 0.9), ...times(20, 0.1)]))).toEqual([
    'speech-began',
    'speech-sustained',
    'speech-paused',
    'speech-resumed',
    'speech-paused',
    'speech-ended',
  ]);
});

test.each([
  ['one unsure frame', [0.6], false],
  ['one sure frame', [0.85], true],
  ['two unsure frames', [0.6, 0.6], true],
  ['two with a doubtful one between', [0.6, 0.4, 0.6], true],
  ['two with a silent one between', [0.6, 0.2, 0.6], false],
  ['much that is doubtful', times(50, 0.45), false],
])('begins or not: %s', (_, probabilities, begins) => {
  expect(types(run([...times(5, 0), ...probabilities, 0])).includes('speech-began')).toBe(begins);
});

test('a short sound is never sustained; once begun, doubtful frames keep it going', () => {
  expect(types(run([...times(5, 0.9), ...times(30, 0)]))).toEqual(['speech-began', 'speech-paused', 'speech-ended']);
  expect(types(run([0.9, ...times(40, 0.4)]))).toEqual(['speech-began', 'speech-sustained']);
});

test('the onset of the sound is believed up to 300 ms back', () => {
  for (const [back, at] of [
    [0, 8000],
    [1000, 7000],
    [2400, 5600],
    [2401, 8000 - 256],
    [-5, 8005],
    [-256, 8000 - 256],
  ] as const) {
    const events: SpeechEvent[] = [];
    new Endpointer(POLICY, (event) => events.push(event)).hear(8000, 8256, 0.9, 8000 - back);
    expect(events[0]).toEqual({ type: 'speech-began', at, from: at - 1600 });
  }
});

test('the next utterance does not reach back into the last one', () => {
  const heard = run([...times(10, 0.9), ...times(4, 0), 0.9], { ...POLICY, incompleteMs: 100 });
  expect(heard.slice(-2).map(({ event }) => event)).toEqual([
    { type: 'speech-ended', endedAt: 10 * FRAME, speech: 10 * FRAME },
    { type: 'speech-began', at: 14 * FRAME, from: 10 * FRAME },
  ]);
});

test('ended early, or forgotten', () => {
  const events: SpeechEvent[] = [];
  const endpointer = new Endpointer(POLICY, (event) => events.push(event));
  endpointer.endNow();
  endpointer.hear(0, 256, 0.9);
  endpointer.endNow();
  expect(events.map(({ type }) => type)).toEqual(['speech-began', 'speech-ended']);
  endpointer.hear(256, 512, 0.9);
  endpointer.reset();
  endpointer.silence(80_000);
  expect(events.length).toBe(3);
  expect(endpointer.speaking).toBe(false);
});

test('a listener may end the utterance from within an event', () => {
  const events: string[] = [];
  const endpointer: Endpointer = new Endpointer(POLICY, ({ type }) => {
    events.push(type);
    if (type === 'speech-paused') endpointer.endNow();
  });
  endpointer.hear(0, 256, 0.9);
  endpointer.silence(80_000);
  expect(events).toEqual(['speech-began', 'speech-paused', 'speech-ended']);
});

test('whatever the probabilities: events come in their order and times agree', () => {
  const follow: Readonly<Record<string, readonly string[]>> = {
    'speech-began': ['speech-sustained', 'speech-paused', 'speech-ended'],
    'speech-sustained': ['speech-paused', 'speech-ended'],
    'speech-paused': ['speech-resumed', 'speech-ended'],
    'speech-resumed': ['speech-sustained', 'speech-paused', 'speech-ended'],
    'speech-ended': ['speech-began'],
  };
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.double({ min: 0, max: 1, noNaN: true })), {
        maxLength: 30,
      }),
      fc.record({
        speculateAfterMs: fc.integer({ min: 0, max: 900 }),
        incompleteMs: fc.integer({ min: 0, max: 900 }),
        sustainMs: fc.nat(900),
      }),
      (stretches, policy) => {
        const heard = run(
          stretches.flatMap(([count, probability]) => times(count, probability)),
          policy,
        );
        let before = 'speech-ended';
        let began = 0;
        for (const { event, now } of heard) {
          expect(follow[before]).toContain(event.type);
          before = event.type;
          if (event.type === 'speech-began') {
            expect(event.at).toBeGreaterThanOrEqual(event.from);
            expect(event.at).toBeLessThan(now);
            began = event.at;
          }
          if (event.type === 'speech-ended') {
            expect(now - event.endedAt).toBeGreaterThanOrEqual(policy.incompleteMs * 8);
            expect(event.speech).toBe(event.endedAt - began);
          }
        }
      },
    ),
  );
});
