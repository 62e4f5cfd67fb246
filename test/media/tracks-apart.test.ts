import { expect, test } from 'vitest';
import { PCMU } from '../../src/audio/codecs.ts';
import { newRecordingId } from '../../src/domain/ids.ts';
import { legSample, ms, sharedMs, TELEPHONE_RATE, wallMs } from '../../src/domain/units.ts';
import { RtpReceiver } from '../../src/media/embedded/rtp-receiver.ts';
import { SourceLatch } from '../../src/media/embedded/source-latch.ts';
import { LegTap } from '../../src/media/engine/leg-tap.ts';
import { TapChannel } from '../../src/media/engine/tap-channel.ts';
import type { TapChunk } from '../../src/recording/tap.ts';
import { writeRtpHeader } from '../../src/rtp/packet.ts';

const SILENCE = 0xff;
const recording = newRecordingId(1_700_000_000_000);

/** Customer and bot for `seconds`, both loud in the last but one of them. @param sends - which of the customer's packets are sent, by 20 ms; their timestamps show nothing of the others */
function bothTracks(seconds: number, sends: (n: number) => boolean, first = 0) {
  const line = new TapChannel();
  const chunks: TapChunk[] = [];
  line.push = (chunk) => void chunks.push(chunk);
  const tap = new LegTap({ recording, wall: wallMs(0), shared: sharedMs(0), track: 'customer' }, line, legSample(0));
  tap.useCodec(PCMU);
  let now = 0;
  const skews: number[] = [];
  const latch = new SourceLatch('any', {
    onChange: () => undefined,
    settle: () => undefined,
    unsettle: () => undefined,
  });
  const receiver = new RtpReceiver(latch, () => now, {
    onPacket: () => undefined,
    onSign: () => undefined,
    onKey: () => undefined,
    onUnagreed: () => undefined,
    onAudio: (heard) => tap.heard(heard, legSample(now)),
    onSkew: (samples) => skews.push(samples),
  });
  receiver.useMedia({
    codec: 'PCMU',
    payloadType: 0,
    telephoneEvent: 101,
    eventTypes: [101],
    remote: { address: '127.0.0.1', port: 4_000, rtcpPort: 4_001 },
    send: true,
    receive: true,
    held: false,
  });
  latch.offer({ address: '127.0.0.1', port: 4_000 }, '127.0.0.1');
  const loud = (at: number): boolean => at >= (seconds - 2) * 8_000 && at < (seconds - 1) * 8_000;
  let sent = 0;
  for (let n = 0; n < seconds * 50; n++) {
    const at = n * 160;
    const frame = new Int16Array(160).fill(loud(at) ? 8_000 : 0);
    tap.said(legSample(at), { rate: TELEPHONE_RATE, samples: frame });
    now = Math.max(at + 160, first); // whole when it arrives
    if (sends(n)) {
      const packet = Buffer.alloc(172, loud(at) ? 0x20 : SILENCE);
      writeRtpHeader(packet, {
        payloadType: 0,
        sequence: 1_000 + sent,
        timestamp: sent * 160,
        ssrc: 7,
        marker: n === 0,
      });
      sent += 1;
      receiver.receive(packet, '127.0.0.1', 4_000, ms(now / 8));
    }
    tap.collect(legSample(at + 160));
  }
  tap.close(legSample(seconds * 8_000));
  const begins = (name: string): number => {
    for (const { track, at, payload } of chunks.toSorted((a, b) => a.at - b.at)) {
      const from = track === name ? payload.findIndex((byte) => byte !== SILENCE) : -1;
      if (from >= 0) return at + from;
    }
    return Number.NaN;
  };
  return { apart: Math.abs(begins('customer') - begins('bot')), skews };
}

test('what both say at the same time lies at most 100 ms apart, though a capture stood still for 18 s and its timestamps show nothing of it', () => {
  expect(bothTracks(30, () => true)).toEqual({ apart: expect.toSatisfy((apart: number) => apart <= 160), skews: [] });
  const stalled = bothTracks(40, (n) => n < 250 || n >= 1_150);
  expect(stalled.apart).toBeLessThanOrEqual(800);
  expect(stalled.skews).toEqual([144_000]);
  const late = bothTracks(20, () => true, 3_200);
  expect(late.apart).toBeLessThanOrEqual(800);
  expect(late.skews).toHaveLength(1);
  expect(late.skews[0]).toBeLessThan(-1_600);
});
