import { expect, test } from 'vitest';
import { shareAt } from '../../src/audio/goertzel.ts';
import { tone } from '../../src/audio/tone.ts';
import type { RtpPeer } from './rtp-peer.ts';
import { type Line, Studio } from './studio.ts';

/* Who the far end is, on real sockets. The rules one by one are tested with the machine, test/rtp/media-source.test.ts. */

/** What the caller's own phone believes its address to be: the SIP messages come from the loopback. */
const PRIVATE = { host: '10.99.0.7', port: 40_000 };

async function behindNat(studio: Studio): Promise<Line> {
  return studio.line({ track: 'customer', sdp: PRIVATE, signalling: '127.0.0.1' });
}

/** The same telephone on another port of its NAT. */
function movedTo(peer: RtpPeer, from: Line): RtpPeer {
  const { sequence, timestamp, ssrc } = from.peer;
  peer.aim(from.endpoint.localSdp);
  return Object.assign(peer, { sequence, timestamp, ssrc });
}

test('a far end behind a NAT is found by its packets; nobody else can take the stream away while it sends', async () => {
  await using studio = await Studio.open();
  const line = await behindNat(studio);
  await line.peer.speak(tone([500], 12_000));
  await line.peer.until((packets) => packets.length > 20, 'the stream at the real source');
  const stranger = await studio.peer();
  stranger.aim(line.endpoint.localSdp);
  stranger.ssrc = line.peer.ssrc;
  await Promise.all([line.peer.speak(tone([500], 24_000)), stranger.speak(tone([1_500], 24_000))]);
  await stranger.press('6', { fast: true });
  await line.peer.press('1');
  await line.event('digit', ({ digit }) => digit === '1');
  expect(line.all('digit')).toHaveLength(1);
  expect(line.all('source-changed')).toEqual([]);
  expect(stranger.received).toEqual([]);
});

test('a NAT’s new port is followed in mid-call; the change is told, and the recording has a gap there and both parts', async () => {
  await using studio = await Studio.open();
  const line = await behindNat(studio);
  await line.peer.speak(tone([500], 12_000));
  const next = movedTo(await studio.peer(), line);
  await next.speak(tone([900], 16_000));
  expect(await line.event('source-changed')).toMatchObject({ because: 'rebinding' });
  await next.until((packets) => packets.length > 5, 'our stream at the new port');
  await next.press('4');
  expect((await line.event('digit')).digit).toBe('4');
  await studio.hangUp(line);
  const { samples, gaps } = studio.recorder.track('customer');
  const share = (hz: number): number => {
    let frames = 0;
    for (let at = 0; at + 160 <= samples.length; at += 160)
      if (shareAt(samples.subarray(at, at + 160), hz) > 0.8) frames++;
    return frames;
  };
  expect(share(500)).toBeGreaterThan(65);
  expect(share(900)).toBeGreaterThan(60);
  const lost = gaps.filter(({ because }) => because === 'loss').reduce((sum, gap) => sum + gap.samples, 0);
  expect(lost).toBeGreaterThanOrEqual(160);
});

test('a new source after an offer is heard though late packets of the old one come behind it', async () => {
  await using studio = await Studio.open();
  const line = await behindNat(studio);
  await line.peer.speak(tone([500], 12_000));
  const next = movedTo(await studio.peer(), line);
  next.ssrc = 0x5151;
  await line.endpoint.modify(next.sdp({ ...PRIVATE, port: 40_010, version: 2 }));
  await line.peer.speak(tone([500], 800));
  await next.speak(tone([900], 8_000));
  expect(await line.event('source-changed')).toMatchObject({ because: 'offer' });
  await next.press('1');
  expect((await line.event('digit')).digit).toBe('1');
});

test('the announced address has its leg back as soon as it sends, also from a stranger who was there first', async () => {
  await using studio = await Studio.open({ nat: 'any' });
  const line = await studio.line();
  const stranger = await studio.peer();
  stranger.aim(line.endpoint.localSdp);
  await stranger.speak(tone([1_500], 12_000));
  await stranger.until((packets) => packets.length > 5, 'the stream at the stranger');
  await Promise.all([line.peer.speak(tone([500], 8_000)), stranger.speak(tone([1_500], 8_000))]);
  expect(await line.event('source-changed')).toMatchObject({ because: 'announced' });
  const stolen = stranger.received.length;
  const before = line.peer.received.length;
  await line.peer.until((packets) => packets.length > before + 10, 'the stream at the announced address');
  expect(stranger.received.length).toBe(stolen);
});

test('with rtp.nat off nobody but the announced address is heard', async () => {
  await using studio = await Studio.open({ nat: 'off', rtpTimeoutMs: 1_000 });
  const line = await behindNat(studio);
  await line.peer.speak(tone([500], 12_000));
  await line.event('rtp-lost');
  expect(line.peer.received).toEqual([]);
  expect(line.all('rtp-began')).toEqual([]);
});

test('a spray over all ports: no leg is taken, no key of a caller is lost, none of a stranger is heard', async () => {
  await using studio = await Studio.open();
  const CALLS = 24;
  const lines = await Promise.all(
    Array.from({ length: CALLS }, (_, n) => (n % 2 === 0 ? studio.line() : behindNat(studio))),
  );
  const ports = lines.map(({ endpoint }) => Number(/m=audio (\d+)/.exec(endpoint.localSdp)?.[1]));
  const strangers = [await studio.peer(), await studio.peer()];
  /** Before the callers say a word, and on and on: keys and audio, in bursts. */
  const spray = (packets: number): void => {
    for (const stranger of strangers)
      for (const port of ports) {
        stranger.target = { address: '127.0.0.1', port };
        for (let n = 0; n < packets; n++) {
          stranger.send(new Uint8Array(160).fill(0x55));
          stranger.send(Uint8Array.of(9, 0x8a, 3, 0x20), { payloadType: 101, marker: true, advance: 160 });
        }
      }
  };
  spray(2);
  await studio.settled();
  const speaking = Promise.all(lines.map(({ peer }) => peer.speak(tone([500], 20_000))));
  for (let wave = 0; wave < 8; wave++) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    spray(wave === 4 ? 12 : 2);
  }
  await speaking;
  await Promise.all(lines.map(({ peer }) => peer.press('1')));
  await Promise.all(lines.map((line) => line.event('digit', ({ digit }) => digit === '1')));
  expect(lines.flatMap((line) => line.all('source-changed'))).toEqual([]);
  expect(lines.map((line) => line.all('digit').length)).toEqual(lines.map(() => 1));
  expect(strangers.flatMap(({ received }) => received)).toEqual([]);
  for (const { peer } of lines) expect(peer.received.length).toBeGreaterThan(50);
});

const SIGNS: readonly (readonly [string, (peer: RtpPeer, line: Line) => void])[] = [
  ['receiver reports', (peer) => peer.sendRtcp([{ type: 'receiver-report', ssrc: peer.ssrc, reports: [] }])],
  [
    'reports on the port of RTP (RFC 5761)',
    (peer) => peer.sendRaw(Uint8Array.of(0x80, 201, 0, 1, ...new Uint8Array(4))),
  ],
  ['comfort noise 13', (peer) => peer.send(Uint8Array.of(60), { payloadType: 13, advance: 1_600 })],
  ['comfort noise 19', (peer) => peer.send(Uint8Array.of(60), { payloadType: 19, advance: 1_600 })],
  ['RTP without a payload', (peer) => peer.send(new Uint8Array(0), { advance: 1_600 })],
  ['RTP of an unknown type', (peer) => peer.send(new Uint8Array(20), { payloadType: 126, advance: 1_600 })],
  ['an empty datagram', (peer) => peer.sendRaw(new Uint8Array(0))],
  ['keys by SIP INFO', (_, { endpoint }) => endpoint.infoKey('5')],
  [
    'a STUN indication',
    (peer) => peer.sendRaw(Uint8Array.of(0, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Uint8Array(12))),
  ],
];

test('whoever gives a sign of life is not lost, though no audio comes: RFC 6263, reports, comfort noise', async () => {
  await using studio = await Studio.open({ rtpTimeoutMs: 1_200 });
  const lines = await Promise.all(SIGNS.map((_, n) => (n % 2 === 0 ? studio.line() : behindNat(studio))));
  const silent = await studio.line();
  await Promise.all([...lines, silent].map(({ peer }) => peer.speak(tone([500], 3_200))));
  const deadline = performance.now() + 3_600;
  while (performance.now() < deadline) {
    for (const [n, [, sign]] of SIGNS.entries()) {
      const line = lines[n];
      if (line !== undefined) sign(line.peer, line);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const lost = SIGNS.filter((_, n) => (lines[n]?.all('rtp-lost').length ?? 0) > 0).map(([name]) => name);
  expect(lost).toEqual([]);
  expect(silent.all('rtp-lost')).toHaveLength(1);
  await Promise.all(lines.map((line) => line.event('rtp-lost'))); // and when the signs end, it is
});

test('a stranger’s packets are no sign of life', async () => {
  await using studio = await Studio.open({ rtpTimeoutMs: 900 });
  const line = await studio.line();
  await line.peer.speak(tone([500], 1_600));
  const stranger = await studio.peer();
  stranger.aim(line.endpoint.localSdp);
  const timer = setInterval(() => {
    stranger.sendRaw(new Uint8Array(0));
    stranger.send(new Uint8Array(20), { payloadType: 126 });
  }, 50);
  try {
    await line.event('rtp-lost');
  } finally {
    clearInterval(timer);
  }
});
