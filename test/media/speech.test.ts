import { afterAll, beforeAll, expect, test } from 'vitest';
import { sayWithFlite } from '../support/flite/say-with-flite.ts';
import { ramp } from './lines.ts';
import { type Line, Studio, turn } from './studio.ts';

/* Barge-in and utterances with the real detector: flite speaks, Silero listens. */

let studio: Studio;
let sentence: Int16Array;
let word: Int16Array;
const pause = (ms: number): Int16Array => new Int16Array(ms * 8);

beforeAll(async () => {
  sentence = await sayWithFlite('I want to hear the balance of my account');
  word = await sayWithFlite('my balance');
  studio = await Studio.open({ voiceActivity: 'silero' });
});
afterAll(async () => {
  await studio?.[Symbol.asyncDispose]();
});

/** As a telephone: silence, the sentence, silence. */
async function say(line: Line, ...parts: Int16Array[]): Promise<void> {
  await line.peer.speak(pause(300));
  for (const part of parts.length > 0 ? parts : [sentence]) await line.peer.speak(part);
  await line.peer.speak(pause(600));
}

function indexOf(samples: Int16Array, needle: Int16Array, from = 0): number {
  for (let at = from; at + needle.length <= samples.length; at++) {
    let i = 0;
    while (i < needle.length && samples[at + i] === needle[i]) i++;
    if (i === needle.length) return at;
  }
  return -1;
}

test('speech over a playback pauses it at once; resuming goes on with the very next sample', async () => {
  const line = await studio.line({ listen: true });
  const prompt = ramp(30_000);
  const playback = line.endpoint.play({ turn, clips: [studio.speech.clip('prompt', prompt)], bargeIn: 'both' });
  const saying = say(line);
  const began = await line.event('speech-began');
  const { played } = await line.event('playback-paused');
  expect(began).toMatchObject({ paused: playback });
  expect(played).toBeGreaterThan(0);
  const packets = line.peer.received.length;
  await line.peer.until((received) => received.length > packets + 10, 'silence meanwhile');
  line.endpoint.resume(playback);
  expect(await line.event('playback-resumed')).toMatchObject({ playback });
  await saying;
  expect(await line.event('playback-finished')).toMatchObject({ playback, played: 30_000, because: 'end' });
  const heard = line.peer.heard();
  const first = indexOf(heard, prompt.subarray(0, played));
  expect(first).toBeGreaterThanOrEqual(0);
  const second = indexOf(heard, prompt.subarray(played, 29_000), first + played);
  expect(second).toBeGreaterThan(first + played);
  expect(new Set(heard.subarray(first + played, second))).toEqual(new Set([0]));
  await studio.leave(line);
});

test('speech does not touch a playback that it may not interrupt', async () => {
  const line = await studio.line({ listen: true });
  line.endpoint.play({ turn, clips: [studio.speech.clip('notice', ramp(12_000))], bargeIn: 'keys' });
  const saying = say(line, word);
  expect((await line.event('speech-began')).paused).toBeUndefined();
  expect(await line.event('playback-finished')).toMatchObject({ played: 12_000, because: 'end' });
  expect(line.all('playback-paused')).toEqual([]);
  await saying;
  await studio.leave(line);
});

test('an utterance is reported from its beginning to its end, and its audio goes to the speech worker', async () => {
  const line = await studio.line({ listen: true });
  line.endpoint.listen({ speculateAfterMs: 200, incompleteMs: 500, sustainMs: 400 });
  const start = performance.timeOrigin + performance.now();
  const saying = say(line);
  const began = await line.event('speech-began');
  await line.event('speech-sustained');
  line.endpoint.submit(began.utterance, 1);
  const ended = await line.event('speech-ended');
  line.endpoint.submit(began.utterance, 2);
  await studio.speech.until(() => studio.speech.utterances.length === 2, 'both utterances');
  await saying;
  const order = line.events.map(({ type }) => type).filter((type) => type.startsWith('speech'));
  expect(order.slice(0, 2)).toEqual(['speech-began', 'speech-sustained']);
  expect(order.slice(-2)).toEqual(['speech-paused', 'speech-ended']);
  // the sentence came 300 ms after the start
  expect(began.at - start).toBeGreaterThan(150);
  expect(began.at - start).toBeLessThan(1_200);
  expect(Math.abs(ended.speech - sentence.length / 8)).toBeLessThan(400);
  expect(Math.abs(ended.endedAt - began.at - ended.speech)).toBeLessThan(2);
  const [partial, whole] = studio.speech.utterances.splice(0);
  expect([partial?.job, whole?.job]).toEqual([1, 2]);
  expect(partial!.samples.length).toBeLessThan(whole!.samples.length);
  expect(Math.abs(whole!.samples.length - sentence.length)).toBeLessThan(6_400);
  const middle = line.peer.decode(line.peer.encode(sentence.subarray(4_000, 12_000)));
  expect(indexOf(whole!.samples, middle)).toBeGreaterThan(0);
  await studio.leave(line);
});

test('what is lost of an utterance is silence of the same length', async () => {
  const line = await studio.line({ listen: true });
  await line.peer.speak(pause(300));
  await line.peer.speak(sentence, {
    shape: (n) => (n === 30 ? 'lose' : n === 50 ? 'swap' : n === 60 ? 'twice' : undefined),
  });
  await line.peer.speak(pause(600));
  const { utterance } = await line.event('speech-began');
  await line.event('speech-ended');
  line.endpoint.submit(utterance, 3);
  await studio.speech.until(() => studio.speech.utterances.length === 1, 'the utterance');
  const { samples } = studio.speech.utterances.splice(0)[0]!;
  const sent = line.peer.decode(line.peer.encode(sentence));
  const expected = sent.slice(4_000, 12_000);
  expected.fill(0, 30 * 160 - 4_000, 31 * 160 - 4_000);
  expect(indexOf(samples, expected)).toBeGreaterThan(0);
  await studio.leave(line);
});

test('an utterance is ended at once when it has been understood', async () => {
  const line = await studio.line({ listen: true });
  line.endpoint.listen({ speculateAfterMs: 200, incompleteMs: 20_000, sustainMs: 400 });
  const saying = say(line, word);
  const { utterance } = await line.event('speech-paused');
  line.endpoint.endUtterance(utterance);
  expect((await line.event('speech-ended')).utterance).toBe(utterance);
  await saying;
  await studio.leave(line);
});

test('a deaf bot reports nothing; silence is no speech', async () => {
  const line = await studio.line({ listen: true });
  line.endpoint.listen(undefined);
  await say(line, word);
  line.endpoint.listen({ speculateAfterMs: 200, incompleteMs: 500, sustainMs: 400 });
  await line.peer.speak(pause(400));
  await line.peer.press('1');
  await line.event('digit');
  expect(line.events.filter(({ type }) => type.startsWith('speech'))).toEqual([]);
  await studio.leave(line);
});

test('an utterance ends though the far end falls silent by sending nothing', async () => {
  const line = await studio.line({ listen: true });
  await line.peer.speak(pause(300));
  await line.peer.speak(word);
  await line.event('speech-began');
  await line.event('speech-ended');
  await studio.leave(line);
});

test('a call on hold hears no music as speech, and what was being said ends', async () => {
  const line = await studio.line({ listen: true });
  await line.peer.speak(pause(300));
  const saying = line.peer.speak(word);
  await line.event('speech-began');
  await line.endpoint.modify(line.peer.sdp({ direction: 'sendonly', version: 2 }));
  await line.event('speech-ended');
  await saying;
  await studio.settled();
  const before = line.all('speech-began').length;
  await say(line, word);
  await studio.settled();
  expect(line.all('speech-began')).toHaveLength(before);
  await studio.leave(line);
});
