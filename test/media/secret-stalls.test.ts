import { assert, constantFrom, integer, array as listOf, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dtmfTone, tone } from '../../src/audio/tone.ts';
import { SecretLine, speechMs, toneWindows } from './secret-line.ts';

/* Tones of a secret entry, and speech after it, on lines whose packets stall and come in bursts. 8 samples are 1 ms. */

const quiet = (ms: number): Int16Array => new Int16Array(ms * 8);
const held = (ms: number): Int16Array => dtmfTone('8', ms * 8);
const speech = (ms: number): Int16Array => tone([600], ms * 8);

/** An entry is open, and its last key was counted 60 ms after it went down: the entry is over for the dialogue. */
function lastKeyCounted(): SecretLine {
  const line = new SecretLine();
  line.say(quiet(400));
  line.secure(true);
  line.say(quiet(300));
  line.say(held(60));
  expect(line.digits).toBe(1);
  line.secure(false);
  return line;
}

function expectNoTone(line: SecretLine): void {
  const { samples } = line.recorded;
  expect(toneWindows(samples)).toBe(0);
  // masked, not cut
  expect(samples.length / 8).toBeGreaterThan(line.now - 40);
}

describe.each(['stalled', 'deaf'] as const)('the packets of a key that is held are %s', (how) => {
  test.each([60, 120, 240, 360, 480, 640, 1_200, 2_600])('for %i ms', (ms) => {
    const line = lastKeyCounted();
    line.say(held(ms), how);
    line.say(held(300));
    line.say(quiet(200));
    line.say(speech(1_000));
    line.say(quiet(200));
    expectNoTone(line);
    expect(speechMs(line.recorded.samples)).toBeGreaterThan(850);
  });

  test.each([120, 400, 700, 2_600])('for %i ms after they were lost', (ms) => {
    const line = lastKeyCounted();
    line.say(held(ms), how);
    line.lose();
    line.say(held(300));
    line.say(speech(1_000));
    line.say(quiet(200));
    expectNoTone(line);
  });
});

test.each([60, 120, 300, 900, 1_500])(
  'a tone that begins %i ms after the entry, beside its event or a key too many',
  (ms) => {
    const line = lastKeyCounted();
    line.say(quiet(ms));
    line.say(held(200));
    line.say(speech(1_000));
    line.say(quiet(200));
    expectNoTone(line);
    expect(speechMs(line.recorded.samples)).toBeGreaterThan(850);
  },
);

test.each([300, 700, 1_500])('the last key and the quiet after it come in one burst, %i ms late', (ms) => {
  const line = new SecretLine();
  line.say(quiet(400));
  line.secure(true);
  line.say(quiet(ms - 250), 'stalled');
  line.say(held(200), 'stalled');
  line.secure(false); // INFO was quicker than the audio
  line.say(quiet(160), 'stalled');
  line.say(quiet(100));
  line.say(speech(1_000));
  line.say(quiet(200));
  expectNoTone(line);
  expect(speechMs(line.recorded.samples)).toBeGreaterThan(850);
});

test('a secret that is said during the entry and comes in a burst after its end is masked as well', () => {
  const line = new SecretLine();
  line.say(quiet(400));
  line.secure(true);
  line.say(speech(700), 'stalled');
  line.secure(false);
  line.say(quiet(160), 'stalled');
  line.say(quiet(400));
  expect(speechMs(line.recorded.samples)).toBe(0);
});

test.each([40, 80, 120])('a key that went down %i ms before the entry is masked from its beginning', (ms) => {
  const line = new SecretLine();
  line.say(speech(600));
  line.say(held(ms));
  line.secure(true);
  line.say(held(100));
  line.say(quiet(200));
  line.secure(false);
  line.say(quiet(300));
  expectNoTone(line);
  expect(speechMs(line.recorded.samples)).toBeGreaterThan(450);
});

test.each(['now', 'stalled'] as const)('the caller hangs up with the key down, its packets %s', (how) => {
  const line = lastKeyCounted();
  line.say(held(140), how);
  expectNoTone(line);
});

test('at most 150 ms of the speech after the last key are masked, with or without silence suppression', () => {
  for (const how of ['now', 'suppressed'] as const) {
    const line = lastKeyCounted();
    line.say(held(40));
    line.say(quiet(200), how);
    line.say(speech(1_000));
    line.say(quiet(200));
    expect(speechMs(line.recorded.samples)).toBeGreaterThanOrEqual(970);
  }
  const line = lastKeyCounted();
  line.say(held(40));
  line.say(speech(1_000));
  line.say(quiet(200));
  expect(speechMs(line.recorded.samples)).toBeGreaterThanOrEqual(850);
});

test('a line that stalls for ever keeps nothing masked for longer than 2 s', () => {
  const line = lastKeyCounted();
  for (let n = 0; n < 20; n++) {
    line.say(speech(180), 'stalled');
    line.say(speech(20));
  }
  const { samples, gaps } = line.recorded;
  expect(speechMs(samples)).toBeGreaterThan(1_800);
  expect(gaps.filter(({ because }) => because === 'masked').reduce((sum, gap) => sum + gap.samples, 0)).toBeLessThan(
    8 * 3_000,
  );
});

test('keys long after an entry are recorded as any other sound', () => {
  const line = lastKeyCounted();
  line.say(speech(2_600));
  line.say(held(400));
  expect(toneWindows(line.recorded.samples)).toBeGreaterThan(30);
  expect(line.pipeline.entry.listens).toBe(false);
});

test('whatever stalls when, no tone of an entry is kept, and the track is whole', () => {
  const stretch = record({
    what: constantFrom(held, quiet),
    ms: integer({ min: 2, max: 35 }).map((frames) => frames * 20),
    how: constantFrom('now', 'now', 'stalled', 'deaf'),
  });
  assert(
    property(listOf(stretch, { maxLength: 12 }), integer({ min: 0, max: 12 }), (all, endsAfter) => {
      const line = new SecretLine();
      line.say(quiet(400));
      line.secure(true);
      let after = 0;
      for (const [n, { what, ms, how }] of all.entries()) {
        if (n === Math.min(endsAfter, all.length - 1)) line.secure(false);
        if (n > endsAfter) after += ms;
        // tones of the grace only
        line.say(after > 1_500 ? quiet(ms) : what(ms), how);
      }
      line.secure(false);
      line.say(quiet(200));
      expectNoTone(line);
    }),
    { numRuns: 100 },
  );
});
