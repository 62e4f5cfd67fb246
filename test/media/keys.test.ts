import { expect, test } from 'vitest';
import { dtmfTone, tone } from '../../src/audio/tone.ts';
import { Secret } from '../../src/domain/secret.ts';
import { TelephoneEventReceiver } from '../../src/rtp/telephone-event.ts';
import type { Received } from './rtp-peer.ts';
import { type Line, Studio, turn } from './studio.ts';

const isEvent = (packet: { payloadType: number }): boolean => packet.payloadType === 101;

test('each press of a key is one event, whichever of its packets are lost, and however long it is held', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  await line.peer.press('1');
  await line.peer.press('1', { lose: (n, of) => n >= of - 3 }); // all ends lost
  await line.peer.press('1');
  await line.peer.press('#', { lose: (n) => n === 0 }); // the marker lost
  await line.peer.press('D', { lose: (n, of) => n < of - 1 }); // only the last end arrives
  await line.peer.press('0', { samples: 65_535, fast: true }); // 8 s, the longest that one event can be
  await line.peer.press('9');
  await line.event('digit', ({ digit }) => digit === '9');
  expect(line.all('digit').map(({ digit, via }) => [digit, via])).toEqual(
    ['1', '1', '1', '#', 'D', '0', '9'].map((digit) => [digit, 'rfc4733']),
  );
});

test('more keys than anybody presses are dropped, and counted; the next caller’s key is not', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  const began = performance.now();
  for (let n = 0; n < 400; n++) {
    line.peer.send(Uint8Array.of(n % 10, 0x8a, 0, 160), { payloadType: 101, marker: true, advance: 1_600 });
    if (n % 50 === 49) await studio.settled(); // no more at once than the socket takes
  }
  await studio.settled();
  const possible = 33 + (performance.now() - began) / 40;
  expect(line.all('digit').length).toBeLessThanOrEqual(possible);
  expect((await studio.server.statistics()).packetsDropped).toBeGreaterThanOrEqual(400 - possible);
  const other = await studio.line();
  await other.peer.press('7');
  expect(await other.event('digit')).toMatchObject({ digit: '7' });
});

test('a key held for 60 s comes in segments and is one press', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  const began = line.peer.timestamp;
  // RFC 4733 section 2.5.1.3: when the duration is full, a new segment begins where the last one ended
  for (let held = 160; held <= 480_000; held += 160) {
    const segment = Math.floor((held - 1) / 65_440);
    const duration = held - segment * 65_440;
    const ended = held === 480_000;
    line.peer.send(Uint8Array.of(5, ended ? 0x8a : 10, duration >> 8, duration & 0xff), {
      payloadType: 101,
      marker: held === 160,
      timestamp: (began + segment * 65_440) >>> 0,
      advance: 160,
    });
    if (held % 16_000 === 0) await studio.settled(); // no more at once than the socket takes
  }
  await line.peer.press('6');
  await line.event('digit', ({ digit }) => digit === '6');
  expect(line.all('digit').map(({ digit }) => digit)).toEqual(['5', '6']);
});

test('a key stops a playback that keys may interrupt, with all that is queued', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  const clip = studio.speech.tone('prompt', 400, 40_000);
  const first = line.endpoint.play({ turn, clips: [clip], bargeIn: 'keys' });
  const second = line.endpoint.play({ turn, clips: [clip], bargeIn: 'none' });
  await line.event('playback-started');
  await line.peer.press('3');
  expect(await line.event('digit')).toMatchObject({ digit: '3', stopped: first });
  expect(line.all('playback-finished').map(({ playback, because }) => [playback, because])).toEqual([
    [first, 'key'],
    [second, 'key'],
  ]);
});

test('a key over a playback that may not be interrupted is reported, and nothing else', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  line.endpoint.play({ turn, clips: [studio.speech.tone('notice', 400, 8_000)], bargeIn: 'none' });
  await line.event('playback-started');
  await line.peer.press('3');
  expect(await line.event('digit')).toMatchObject({ digit: '3', stopped: undefined });
  expect(await line.event('playback-finished')).toMatchObject({ because: 'end', played: 8_000 });
});

test('in secure mode digits are Secrets', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  line.endpoint.secure(true);
  await line.peer.press('7');
  const { digit } = await line.event('digit');
  expect(digit).toBeInstanceOf(Secret);
  expect((digit as Secret).reveal()).toBe('7');
  expect(JSON.stringify(line.events)).not.toContain('7"');
  line.endpoint.secure(false);
  await line.peer.press('8');
  expect((await line.event('digit', (event) => event.digit === '8')).stopped).toBeUndefined();
});

test('in-band keys are found when the far end has no telephone-event, and only then', async () => {
  await using studio = await Studio.open();
  const without = await studio.line({ sdp: { events: false } });
  const withEvents = await studio.line();
  expect([without.endpoint.telephoneEvent, withEvents.endpoint.telephoneEvent]).toEqual([false, true]);
  const pause = new Int16Array(800);
  const keys = Int16Array.from(['4', '4', '*'].flatMap((key) => [...dtmfTone(key, 800), ...pause]));
  await Promise.all([without, withEvents].map(({ peer }) => peer.speak(keys)));
  await withEvents.peer.press('1');
  await withEvents.event('digit');
  await without.event('digit', ({ digit }) => digit === '*');
  expect(without.all('digit').map(({ digit, via }) => [digit, via])).toEqual([
    ['4', 'inband'],
    ['4', 'inband'],
    ['*', 'inband'],
  ]);
  expect(withEvents.all('digit').map(({ digit }) => digit)).toEqual(['1']);
});

test('digits are sent as events that our own receiver reads, 100 ms each, while the timestamps of the audio go on', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  await line.peer.until((packets) => packets.length > 3, 'the stream');
  line.endpoint.sendDigits('12*4');
  await line.peer.until((packets) => packets.filter(isEvent).length === 28, 'four keys');
  const last = line.peer.received.length;
  await line.peer.until((packets) => packets.length > last + 3, 'the audio after it');
  const receiver = new TelephoneEventReceiver();
  const { received } = line.peer;
  const pressed = received
    .filter(isEvent)
    .filter((packet) => receiver.receive(packet)?.pressed === true)
    .map(({ payload, timestamp }) => ({ digit: '0123456789*#ABCD'[payload[0] ?? 0], timestamp }));
  expect(pressed.map(({ digit }) => digit).join('')).toBe('12*4');
  for (const [n, { timestamp }] of pressed.entries()) {
    const since = (timestamp - (pressed[0]?.timestamp ?? 0)) | 0;
    expect(since % 160).toBe(0);
    expect(since).toBeGreaterThanOrEqual(n * 1_600); // 100 ms each and 60 ms between, or more on a busy machine
    expect(durationOf(received, timestamp)).toBe(800);
  }
  expect(
    received.slice(1).every((packet, i) => packet.sequence === (((received[i]?.sequence ?? 0) + 1) & 0xffff)),
  ).toBe(true);
  const audio = received.filter((packet) => !isEvent(packet));
  const whole = ((audio.at(-1)?.timestamp ?? 0) - (audio[0]?.timestamp ?? 0)) | 0;
  expect(whole % 160).toBe(0);
  expect(whole).toBeGreaterThanOrEqual((received.length - 1) * 160);
});

test('to a far end without telephone-event digits are sent as tones', async () => {
  await using studio = await Studio.open();
  const line = await studio.line({ sdp: { events: false } });
  await line.peer.until((packets) => packets.length > 2, 'the stream');
  line.endpoint.sendDigits('59');
  await line.peer.until((packets) => packets.length > 30, 'the tones');
  const { DtmfDetector } = await import('../../src/audio/dtmf-detector.ts');
  const detector = new DtmfDetector();
  const heard = line.peer.heard();
  const keys: string[] = [];
  for (let at = 0; at < heard.length; at += 160) keys.push(detector.hear(heard.subarray(at, at + 160)) ?? '');
  expect(keys.join('')).toBe('59');
  expect(line.peer.received.every(({ payloadType }) => payloadType === 0)).toBe(true);
});

test('speech and music are no keys', async () => {
  await using studio = await Studio.open();
  const line = await studio.line({ sdp: { events: false } });
  await line.peer.speak(tone([440, 880, 1_320], 8_000, { amplitude: 4_000 }));
  await line.peer.speak(Int16Array.from([...new Int16Array(800), ...dtmfTone('2', 800)]));
  await line.event('digit');
  expect(line.all('digit').map(({ digit }) => digit)).toEqual(['2']);
});

test('a press told by RTP event, tone and INFO is one key, whichever comes first, and a Secret in secure mode', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  line.endpoint.infoKey('1');
  await line.peer.press('1');
  await line.peer.press('1');
  line.endpoint.infoKey('1');
  line.endpoint.secure(true);
  line.endpoint.infoKey('2');
  await line.event('digit', ({ digit }) => digit instanceof Secret);
  await line.peer.press('2');
  line.endpoint.secure(false);
  await line.peer.press('3');
  await line.event('digit', ({ digit }) => digit === '3');
  const seen = line.all('digit').map(({ digit, via }) => [digit instanceof Secret ? 'secret' : digit, via]);
  expect(seen).toEqual([
    ['1', 'info'],
    ['1', 'rfc4733'],
    ['secret', 'info'],
    ['3', 'rfc4733'],
  ]);
});

test('a telephone without telephone-event that sends INFO and lets its tone be heard: one key', async () => {
  await using studio = await Studio.open();
  const line = await studio.line({ sdp: { events: false } });
  const key = Int16Array.from([...new Int16Array(800), ...dtmfTone('4', 1_600), ...new Int16Array(1_600)]);
  await line.peer.speak(key);
  line.endpoint.infoKey('4');
  await line.peer.speak(key);
  line.endpoint.infoKey('4');
  line.endpoint.infoKey('5');
  await line.event('digit', ({ digit }) => digit === '5');
  expect(line.all('digit').map(({ digit, via }) => [digit, via])).toEqual([
    ['4', 'inband'],
    ['4', 'info'],
    ['5', 'info'],
  ]);
});

test('ends whose timestamps a relay has moved, and events with an SSRC of their own, are one key, and no audio is lost by them', async () => {
  await using studio = await Studio.open();
  const line = await studio.line({ track: 'customer' });
  const { peer } = line;
  await peer.speak(tone([500], 3_200));
  const audio = peer.ssrc;
  for (const ssrc of [audio, 0x9999]) {
    peer.ssrc = ssrc;
    const began = peer.timestamp;
    for (let n = 1; n <= 8; n++) {
      const ends = n > 5;
      peer.send(Uint8Array.of(5, ends ? 0x8a : 10, Math.min(n, 6) > 1 ? 3 : 0, 160), {
        payloadType: 101,
        marker: n === 1,
        timestamp: began + Math.max(0, n - 6) * 160,
        advance: 160,
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    peer.ssrc = audio;
    await peer.speak(tone([500], 3_200));
  }
  await peer.press('6');
  await line.event('digit', ({ digit }) => digit === '6');
  expect(line.all('digit').map(({ digit }) => digit)).toEqual(['5', '5', '6']);
  const { packetsLost } = await studio.server.statistics();
  expect(packetsLost).toBeLessThanOrEqual(8); // the eight that went to the other SSRC
});

test('events whose payload type was not agreed are taken, and told once; what may be something else is not', async () => {
  await using studio = await Studio.open();
  const none = await studio.line({ sdp: { events: false } });
  const other = await studio.line();
  const audio = await studio.line({ sdp: { formats: '0 97', events: false } });
  const press = async ({ peer }: Line, digit: number, payloadType: number): Promise<void> => {
    const began = peer.timestamp;
    for (let n = 1; n <= 8; n++) {
      const duration = Math.min(n, 6) * 160;
      peer.send(Uint8Array.of(digit, n > 5 ? 0x8a : 10, duration >> 8, duration & 0xff), {
        payloadType,
        marker: n === 1,
        timestamp: began,
        advance: 160,
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await Promise.all([none, other, audio].map(({ peer }) => peer.speak(tone([500], 1_600))));
  for (const digit of [3, 3, 4])
    await Promise.all([press(none, digit, 101), press(other, digit, 97), press(audio, digit, 97)]);
  await other.peer.press('9');
  await Promise.all([
    none.event('digit', ({ digit }) => digit === '4'),
    other.event('digit', ({ digit }) => digit === '9'),
  ]);
  await studio.settled();
  expect([none, other, audio].map((line) => line.all('digit').map(({ digit }) => digit))).toEqual([
    ['3', '3', '4'],
    ['3', '3', '4', '9'],
    [],
  ]);
  expect(none.all('events-unagreed').map(({ payloadType }) => payloadType)).toEqual([101]);
  expect(other.all('events-unagreed').map(({ payloadType }) => payloadType)).toEqual([97]);
  expect(audio.all('events-unagreed')).toEqual([]);
});

/** What the last packet of an event says of its length. */
function durationOf(packets: readonly Received[], timestamp: number): number {
  const last = packets.findLast((packet) => isEvent(packet) && packet.timestamp === timestamp);
  return last === undefined ? 0 : Buffer.from(last.payload).readUInt16BE(2);
}
