import { expect, test } from 'vitest';
import { durationOf } from '../../src/domain/units.ts';
import { ramp } from './lines.ts';
import { Studio, turn } from './studio.ts';

/** Where `needle` starts in `samples`, or -1. */
function indexOf(samples: Int16Array, needle: Int16Array): number {
  for (let at = 0; at + needle.length <= samples.length; at++) {
    let i = 0;
    while (i < needle.length && samples[at + i] === needle[i]) i++;
    if (i === needle.length) return at;
  }
  return -1;
}

test('a clip is played to the sample, on a grid of 160, with one stream and a marker at its start', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  const clip = studio.speech.clip('a', ramp(8_037));
  await line.peer.until((packets) => packets.length > 5, 'silence while nothing plays');
  const playback = line.endpoint.play({ turn, clips: [clip], bargeIn: 'none' });
  const finished = await line.event('playback-finished');
  const started = await line.event('playback-started');
  expect(finished).toEqual({ type: 'playback-finished', playback, turn, played: 8_037, error: 0, because: 'end' });
  expect(started).toMatchObject({ playback, turn });
  await line.peer.until((packets) => packets.length > 62, 'silence after it');
  const { received } = line.peer;
  for (const [i, packet] of received.slice(1).entries()) {
    expect(packet.sequence).toBe(((received[i]?.sequence ?? 0) + 1) & 0xffff);
    expect((packet.timestamp - (received[i]?.timestamp ?? 0)) | 0).toBe(160);
    expect(packet.payload.length).toBe(160);
    expect(packet.ssrc).toBe(received[0]?.ssrc);
  }
  const heard = line.peer.heard();
  const begin = indexOf(heard, ramp(8_037));
  expect(begin).toBeGreaterThan(0);
  expect(begin % 160).toBe(0);
  expect(received.filter(({ marker }) => marker).map((packet) => received.indexOf(packet))).toEqual([0, begin / 160]);
  expect([...new Set(heard.subarray(0, begin))]).toEqual([0]);
  expect([...new Set(heard.subarray(begin + 8_037))]).toEqual([0]);
  expect(durationOf(heard.length, 8000)).toBeGreaterThan(1_000);
});
