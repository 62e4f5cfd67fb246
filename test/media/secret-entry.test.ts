import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { powerAt, shareAt } from '../../src/audio/goertzel.ts';
import { dtmfTone, tone } from '../../src/audio/tone.ts';
import { SecretEntry } from '../../src/media/engine/secret-entry.ts';
import { sayWithFlite } from '../support/flite/say-with-flite.ts';
import { type Line, Studio } from './studio.ts';

describe('when an entry is over', () => {
  function entry() {
    const said: string[] = [];
    let held = false;
    const one = new SecretEntry({
      begin: () => said.push('begin'),
      end: () => said.push('end'),
      keyHeld: () => held,
    });
    return { one, said, hold: (down: boolean) => (held = down) };
  }

  test('100 ms after the last key is up, not when it was counted', () => {
    const { one, said, hold } = entry();
    one.set(true, 0);
    hold(true);
    one.set(false, 1_000);
    expect([one.on, one.hides]).toEqual([false, true]);
    for (let now = 1_000; now <= 1_600; now += 20) one.tick(now);
    hold(false);
    for (let now = 1_620; now < 1_700; now += 20) one.tick(now);
    expect(said).toEqual(['begin']);
    one.tick(1_700);
    expect(said).toEqual(['begin', 'end']);
    expect(one.hides).toBe(false);
  });

  test('an entry that begins again meanwhile goes on', () => {
    const { one, said } = entry();
    one.set(true, 0);
    one.set(false, 1_000);
    one.set(true, 1_050);
    one.tick(9_000);
    expect(said).toEqual(['begin']);
    expect([one.on, one.hides]).toEqual([true, true]);
  });

  test('a tone that never ends is no key', () => {
    const { one, said, hold } = entry();
    one.set(true, 0);
    hold(true);
    one.set(false, 0);
    for (let now = 0; now <= 10_000; now += 20) one.tick(now);
    expect(said).toEqual(['begin', 'end']);
  });
});

describe('on a line', () => {
  let studio: Studio;
  let voice: Int16Array;
  beforeAll(async () => {
    voice = await sayWithFlite('two four six eight');
    studio = await Studio.open({ voiceActivity: 'silero' });
  });
  afterAll(() => studio[Symbol.asyncDispose]());

  const HELD = 4_800;

  /** A key that is held for 600 ms, while the entry is over as soon as it was counted. */
  async function lastKeyHeld(line: Line, press: () => Promise<unknown>): Promise<Int16Array> {
    line.endpoint.secure(true);
    await line.peer.speak(new Int16Array(800));
    const pressing = press();
    await line.event('digit');
    line.endpoint.secure(false);
    await pressing;
    await line.peer.speak(new Int16Array(2_400));
    await line.peer.speak(tone([600], 4_000));
    await studio.hangUp(line);
    const { samples } = studio.recorder.track('customer');
    studio.recorder.chunks.length = 0;
    await studio.leave(line);
    return samples;
  }

  test('the last key by tone is not recorded to its end either; what follows is', async () => {
    const line = await studio.line({ track: 'customer', sdp: { events: false } });
    const samples = await lastKeyHeld(line, () => line.peer.speak(dtmfTone('8', HELD)));
    expect([sounding(samples, 852), sounding(samples, 1_336)]).toEqual([0, 0]);
    expect(sounding(samples, 600)).toBeGreaterThan(2_400);
  });

  test('nor the tone that a far end sends beside its events', async () => {
    const line = await studio.line({ track: 'customer' });
    const samples = await lastKeyHeld(line, async () => {
      await line.peer.press('8', { lose: (n) => n > 1 });
      await line.peer.speak(dtmfTone('8', HELD));
    });
    expect([sounding(samples, 852), sounding(samples, 1_336)]).toEqual([0, 0]);
    expect(sounding(samples, 600)).toBeGreaterThan(2_400);
  });

  test('what is said meanwhile is heard by no recognizer, and begins no utterance', async () => {
    const line = await studio.line({ listen: true });
    line.endpoint.listen({ speculateAfterMs: 200, hangoverMs: 500, sustainMs: 400 });
    await line.peer.speak(new Int16Array(2_400));
    await line.peer.speak(voice);
    const { utterance } = await line.event('speech-began');
    line.endpoint.secure(true);
    await line.event('speech-ended');
    await line.peer.speak(voice);
    await studio.settled();
    expect(line.all('speech-began')).toHaveLength(1);
    line.endpoint.submit(utterance, 1);
    await studio.speech.until(() => studio.speech.utterances.length === 1, 'the utterance');
    expect(studio.speech.utterances.splice(0)[0]!.samples.length).toBeLessThan(2 * voice.length);
    line.endpoint.secure(false);
    await line.peer.speak(new Int16Array(2_400));
    await line.peer.speak(voice);
    await line.event('speech-began', ({ utterance: another }) => another !== utterance);
    await studio.leave(line);
  });
});

/** Samples of the 20 ms windows in which one of a key's two tones is strong. */
function sounding(samples: Int16Array, hz: number): number {
  let count = 0;
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    const window = samples.subarray(at, at + 160);
    if (powerAt(window, hz) > 10_000 && shareAt(window, hz) > 0.3) count += 160;
  }
  return count;
}
