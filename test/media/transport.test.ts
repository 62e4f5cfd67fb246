import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { shareAt } from '../../src/audio/goertzel.ts';
import { tone } from '../../src/audio/tone.ts';
import { IvrError } from '../../src/domain/error.ts';
import { newLegId } from '../../src/domain/ids.ts';
import { contact, Line, never, Studio, turn } from './studio.ts';

const version = (sdp: string): number => Number(/^o=\S+ \d+ (\d+) /m.exec(sdp)?.[1]);
const attribute = (sdp: string, name: string): boolean => sdp.includes(`a=${name}\r\n`);

test('hold stops our stream and freezes what plays; resume goes on from the same sample', async () => {
  await using studio = await Studio.open({ rtpTimeoutMs: 1_000 });
  const line = await studio.line({ track: 'customer' });
  const stopIdle = line.peer.idle();
  const clip = studio.speech.tone('prompt', 500, 8_000);
  const playback = line.endpoint.play({ turn, clips: [clip], bargeIn: 'none' });
  await line.event('playback-started');
  const answer = await line.endpoint.modify(line.peer.sdp({ direction: 'sendonly', version: 2 }));
  expect(attribute(answer, 'recvonly')).toBe(true);
  expect(line.endpoint.held).toBe(true);
  stopIdle();
  await studio.settled();
  const before = line.peer.received.length;
  await studio.ticks(60); // longer than the RTP time-out
  expect(line.peer.received.length).toBeLessThanOrEqual(before + 1);
  expect(line.all('rtp-lost')).toEqual([]);
  expect(line.all('playback-finished')).toEqual([]);
  const resumed = await line.endpoint.modify(line.peer.sdp({ version: 3 }));
  expect(attribute(resumed, 'sendrecv')).toBe(true);
  expect(version(resumed)).toBe(version(answer) + 1);
  const finished = await line.event('playback-finished');
  expect(finished).toMatchObject({ playback, played: 8_000, because: 'end' });
  const sounding = (): number =>
    line.peer.received.filter(({ payload }) => shareAt(line.peer.decode(payload), 500) > 0.9).length;
  await line.peer.until(() => sounding() === 50, 'the whole prompt');
  expect([0, 1]).toContain(line.peer.received.slice(before).findIndex(({ marker }) => marker));
  await studio.hangUp(line);
  const held = studio.recorder.track('customer').gaps.filter(({ because }) => because === 'hold');
  expect(held.reduce((sum, gap) => sum + gap.samples, 0)).toBeGreaterThan(4_000);
});

test('an old-fashioned hold by address 0.0.0.0, and by inactive', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  await line.endpoint.modify(line.peer.sdp({ host: '0.0.0.0', version: 2 }));
  expect(line.endpoint.held).toBe(true);
  await line.endpoint.modify(line.peer.sdp({ version: 3 }));
  expect(line.endpoint.held).toBe(false);
  await line.endpoint.modify(line.peer.sdp({ direction: 'inactive', version: 4 }));
  expect(line.endpoint.held).toBe(true);
});

test('a far end that falls silent is reported once; one that comes back, too', async () => {
  await using studio = await Studio.open({ rtpTimeoutMs: 300 });
  const line = await studio.line();
  await line.peer.speak(tone([500], 1_600));
  await line.event('rtp-began');
  expect((await line.event('rtp-lost')).silent).toBeGreaterThanOrEqual(300);
  await line.peer.speak(tone([500], 1_600));
  await line.event('rtp-began', () => line.all('rtp-began').length === 2);
  await line.event('rtp-lost', () => line.all('rtp-lost').length === 2);
  await studio.settled();
  expect(line.all('rtp-lost')).toHaveLength(2);
});

test('a caller that never sends anything is reported', async () => {
  await using studio = await Studio.open({ rtpTimeoutMs: 200 });
  const line = await studio.line();
  await line.event('rtp-lost');
  expect(line.all('rtp-began')).toEqual([]);
});

test('our offer, their answer', async () => {
  await using studio = await Studio.open();
  const peer = await studio.peer('PCMA');
  const endpoint = await studio.server.createEndpoint({ leg: newLegId(Date.now()), contact, listen: false }, never);
  expect(endpoint.codec).toBeUndefined();
  expect(endpoint.localSdp).toMatch(/m=audio \d+ RTP\/AVP 0 8 101/);
  const offered = endpoint.localSdp;
  expect(await endpoint.modify(peer.sdp())).toBe(offered);
  expect([endpoint.codec, endpoint.telephoneEvent, endpoint.held]).toEqual(['PCMA', true, false]);
  peer.aim(offered);
  const line = new Line(endpoint, peer, undefined);
  await peer.until((packets) => packets.length > 3, 'our stream');
  await peer.press('4');
  expect((await line.event('digit')).digit).toBe('4');
});

test('packets of a stranger are neither heard nor recorded, and counted', async () => {
  await using studio = await Studio.open();
  const line = await studio.line({ track: 'customer' });
  const stranger = await studio.peer();
  stranger.aim(line.endpoint.localSdp);
  await line.peer.speak(tone([500], 1_600));
  await Promise.all([line.peer.speak(tone([500], 4_800)), stranger.speak(tone([1_500], 4_800))]);
  await stranger.press('6', { fast: true });
  const { packetsDropped } = await studio.server.statistics();
  expect(packetsDropped).toBeGreaterThan(20);
  await studio.hangUp(line);
  expect(line.all('digit')).toEqual([]);
  const { samples } = studio.recorder.track('customer');
  for (let at = 0; at + 160 <= samples.length; at += 160)
    expect(shareAt(samples.subarray(at, at + 160), 1_500)).toBeLessThan(0.3);
  expect(stranger.received).toEqual([]);
});

test('the far end moves by new SDP: audio goes there and is taken from there', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  await line.peer.speak(tone([500], 9_600)); // settled on the first address
  const next = await studio.peer();
  next.aim(line.endpoint.localSdp);
  next.ssrc = 0x777;
  await line.endpoint.modify(next.sdp({ version: 2 }));
  await next.until((packets) => packets.length > 5, 'the stream at the new address');
  await next.speak(tone([500], 1_600));
  await next.press('2');
  expect((await line.event('digit')).digit).toBe('2');
  const old = line.peer.received.length;
  await next.until((packets) => packets.length > 15, 'more');
  expect(line.peer.received.length).toBe(old);
});

test('no common codec and malformed SDP are refused, and leave no port taken', async () => {
  await using studio = await Studio.open({ portRange: { min: 0, max: 0 } });
  const peer = await studio.peer();
  const open = (remoteSdp: string): Promise<unknown> =>
    studio.server.createEndpoint({ leg: newLegId(Date.now()), contact, listen: false, remoteSdp }, never);
  await expect(open(peer.sdp({ formats: '9 18', events: false }))).rejects.toMatchObject({ code: 'NO_COMMON_CODEC' });
  await expect(open('what is this')).rejects.toMatchObject({ code: 'SDP_MALFORMED' });
  expect((await studio.server.statistics()).endpoints).toBe(0);
  const line = await studio.line();
  const before = line.endpoint.localSdp;
  await expect(line.endpoint.modify('v=0')).rejects.toBeInstanceOf(IvrError);
  expect(line.endpoint.localSdp).toBe(before);
  await line.peer.until((packets) => packets.length > 5, 'the stream goes on');
});

test('ports in use by others are skipped, and an exhausted range says so', async () => {
  const taken = createSocket('udp4');
  const first = await evenPortWithRoom();
  taken.bind(first + 1, '127.0.0.1');
  await once(taken, 'listening');
  {
    await using studio = await Studio.open({ portRange: { min: first, max: first + 5 } });
    const lines = [await studio.line(), await studio.line()];
    expect(new Set(lines.map(({ endpoint }) => /m=audio (\d+)/.exec(endpoint.localSdp)?.[1]))).toEqual(
      new Set([String(first + 2), String(first + 4)]),
    );
    await expect(studio.line()).rejects.toMatchObject({ code: 'MEDIA_PORTS_EXHAUSTED' });
    await lines[0]?.endpoint.close();
    // it drains first: the last call's packets must not reach the next one
    await expect(studio.line()).rejects.toMatchObject({ code: 'MEDIA_PORTS_EXHAUSTED' });
    expect((await studio.server.statistics()).portsFree).toBe(0);
  }
  taken.close();
});

/** An even port with five free ones behind it, as far as one can know. */
async function evenPortWithRoom(): Promise<number> {
  for (;;) {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    if (port % 2 === 0 && port < 60_000) return port;
  }
}

test('RTCP: reports go to the far end and its own are taken, with a BYE at the end', async () => {
  await using studio = await Studio.open();
  const line = await studio.line();
  await line.peer.speak(tone([500], 4_000));
  line.peer.sendRtcp([
    {
      type: 'sender-report',
      ssrc: line.peer.ssrc,
      sender: { ntpSeconds: 1, ntpFraction: 2, rtpTimestamp: 3, packets: 4, octets: 5 },
      reports: [],
    },
  ]);
  const quality = await line.event('quality', () => true, 10_000);
  expect(quality).toMatchObject({ lost: 0, late: 0 });
  expect(quality.received).toBeGreaterThan(20);
  await line.endpoint.close();
  await line.peer.until(() => line.peer.reports.some(({ type }) => type === 'bye'), 'good-bye');
  const report = line.peer.reports.find(({ type }) => type === 'sender-report');
  expect(report).toMatchObject({ ssrc: line.peer.received[0]?.ssrc });
  expect(report?.type === 'sender-report' && report.reports[0]).toMatchObject({
    ssrc: line.peer.ssrc,
    cumulativeLost: 0,
    lastSenderReport: 0x1_0000,
  });
});
