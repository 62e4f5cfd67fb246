import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { powerAt, shareAt } from '../../src/audio/goertzel.ts';
import { dtmfTone, tone } from '../../src/audio/tone.ts';
import { legSample, ms } from '../../src/domain/units.ts';
import { newHeardPacket } from '../../src/media/engine/heard-packet.ts';
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
      position: () => legSample(0),
    });
    let sequence = 0;
    const silence = new Int16Array(160);
    /** Packets and ticks, one each in 20 ms. */
    const pass = (from: number, to: number, hears = true): void => {
      for (let now = from; now < to; now += 20) {
        const timestamp = now * 8;
        const packet = {
          ...newHeardPacket(),
          at: legSample(timestamp),
          samples: silence,
          sequence,
          timestamp,
          ssrc: 1,
        };
        if (hears) one.hear(packet, ms(now));
        if (hears) sequence++;
        one.tick(ms(now));
      }
    };
    return { one, said, pass, hold: (down: boolean) => (held = down) };
  }

  test('100 ms after the last key is up, not when it was counted', () => {
    const { one, said, pass, hold } = entry();
    one.set(true, ms(0));
    pass(900, 1_000);
    hold(true);
    one.set(false, ms(1_000));
    expect([one.on, one.hides]).toEqual([false, true]);
    pass(1_000, 1_620);
    hold(false);
    pass(1_620, 1_700);
    expect(said).toEqual(['begin']);
    pass(1_700, 1_740);
    expect(said).toEqual(['begin', 'end']);
    expect(one.hides).toBe(false);
  });

  test('not while nothing of the far end comes, for 2 s', () => {
    const { one, said, pass } = entry();
    one.set(true, ms(0));
    one.set(false, ms(0));
    pass(0, 1_980, false);
    expect(said).toEqual(['begin']);
    pass(1_980, 2_000, false);
    expect(said).toEqual(['begin', 'end']);
  });

  test('an entry that begins again meanwhile goes on', () => {
    const { one, said } = entry();
    one.set(true, ms(0));
    one.set(false, ms(1_000));
    one.set(true, ms(1_050));
    one.tick(ms(9_000));
    expect(said).toEqual(['begin']);
    expect([one.on, one.hides]).toEqual([true, true]);
  });

  test('a tone that never ends is no key', () => {
    const { one, said, pass, hold } = entry();
    one.set(true, ms(0));
    hold(true);
    one.set(false, ms(0));
    pass(0, 10_020);
    expect(said).toEqual(['begin', 'end']);
    expect(one.listens).toBe(false);
  });

  test('nothing is listened to when 2 s have been heard after it, or 10 s have passed without anything', () => {
    for (const [hears, lasts] of [
      [true, 2_000],
      [false, 10_000],
    ] as const) {
      const { one, pass } = entry();
      one.set(true, ms(0));
      one.set(false, ms(0));
      pass(0, lasts - 40, hears);
      expect(one.listens).toBe(true);
      pass(lasts - 40, lasts + 40, hears);
      expect(one.listens).toBe(false);
    }
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
    line.endpoint.listen({ speculateAfterMs: 200, incompleteMs: 500, sustainMs: 400 });
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
