import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { tone } from '../../src/audio/tone.ts';
import { newLegId } from '../../src/domain/ids.ts';
import { contact, Line, never, Studio, turn } from './studio.ts';

/* Nothing is sent to who has not shown that it wants it ("voice hammer", RFC 5245 section 18.5.1). */

async function unproved(
  studio: Studio,
  rtcp = false,
): Promise<{ line: Line; datagrams: () => number; rtcpPort: number }> {
  const peer = await studio.peer();
  const control = createSocket('udp4');
  control.bind(0, '127.0.0.1');
  await once(control, 'listening');
  let datagrams = 0;
  control.on('message', () => datagrams++);
  const rtcpPort = control.address().port;
  const remoteSdp = `${peer.sdp()}${rtcp ? `a=rtcp:${rtcpPort}\r\n` : ''}`;
  const endpoint = await studio.server.createEndpoint(
    { leg: newLegId(Date.now()), contact, listen: false, remoteSdp, awaitConsent: true },
    never,
  );
  peer.aim(endpoint.localSdp);
  const line = new Line(endpoint, peer, undefined);
  return {
    line,
    rtcpPort,
    datagrams: () => {
      control.close();
      return datagrams;
    },
  };
}

/** Ticks: long enough for dozens of packets and for a report. */
const A_WHILE = 30;

test('no RTP and no RTCP before consent, not even the good-bye; what was to be played waits', async () => {
  await using studio = await Studio.open({ rtpTimeoutMs: 200 });
  const { line, datagrams } = await unproved(studio, true);
  const playback = line.endpoint.play({ turn, clips: [studio.speech.tone('p', 500, 1_600)], bargeIn: 'none' });
  await studio.ticks(A_WHILE);
  expect(line.peer.received).toHaveLength(0);
  expect(line.all('playback-started')).toEqual([]);
  expect(line.all('rtp-lost')).toEqual([]); // it is not expected to send either
  await line.endpoint.close();
  await studio.ticks(A_WHILE);
  expect(line.peer.received).toHaveLength(0);
  expect(datagrams()).toBe(0);
  expect(await line.event('playback-finished')).toMatchObject({ playback, played: 0 });
});

test('with consent the stream begins, and the prompt with its first sample', async () => {
  await using studio = await Studio.open();
  const { line, datagrams } = await unproved(studio);
  const playback = line.endpoint.play({ turn, clips: [studio.speech.tone('p', 500, 1_600)], bargeIn: 'none' });
  await studio.settled();
  line.endpoint.consent();
  expect(await line.event('playback-finished')).toMatchObject({ playback, played: 1_600, because: 'end' });
  expect(line.peer.received[0]?.marker).toBe(true);
  expect(line.all('consented')).toEqual([]);
  datagrams();
});

test('RTP from the announced address is consent; from any other port, or what is no RTP, it is not', async () => {
  await using studio = await Studio.open();
  const { line, datagrams } = await unproved(studio);
  const stranger = createSocket('udp4');
  const { target } = line.peer;
  const packet = Buffer.alloc(172, 0xff);
  packet.writeUInt16BE(0x8000, 0);
  for (let i = 0; i < 10; i++) {
    packet.writeUInt16BE(i, 2);
    stranger.send(packet, target?.port ?? 0, target?.address);
    line.peer.sendRaw(Buffer.from('no RTP at all'));
  }
  await studio.ticks(A_WHILE);
  expect(line.peer.received).toHaveLength(0);
  await line.peer.speak(tone([500], 320));
  await line.event('consented');
  await line.peer.until((packets) => packets.length > 5, 'the stream');
  stranger.close();
  datagrams();
});
