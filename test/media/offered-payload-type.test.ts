import { expect, test } from 'vitest';
import { codecOf } from '../../src/audio/codecs.ts';
import { OPUS_RATE } from '../../src/audio/opus.ts';
import { tone } from '../../src/audio/tone.ts';
import { ms } from '../../src/domain/units.ts';
import { RtpReceiver } from '../../src/media/embedded/rtp-receiver.ts';
import { SourceLatch } from '../../src/media/embedded/source-latch.ts';
import { writeRtpHeader } from '../../src/rtp/packet.ts';

test.each([
  [96, 20],
  [111, 20],
  [97, 0],
])(
  'we offered 96, the answer says 111: of audio with payload type %i, %i packets of 20 are heard',
  (payloadType, count) => {
    const opus = codecOf('opus');
    const encode = opus.encode();
    const latch = new SourceLatch('same-address', {
      onChange: () => undefined,
      settle: () => undefined,
      unsettle: () => undefined,
    });
    latch.offer({ address: '10.0.0.1', port: 4_000 }, '10.0.0.1');
    let now = 1_000;
    let heard = 0;
    const receiver = new RtpReceiver(latch, () => now * 8, {
      onPacket: () => undefined,
      onSign: () => undefined,
      onKey: () => undefined,
      onUnagreed: () => undefined,
      onAudio: () => heard++,
      onSkew: () => undefined,
    });
    receiver.useMedia({
      codec: 'opus',
      payloadType: 111,
      offeredType: 96,
      telephoneEvent: 112,
      eventTypes: [112, 101],
      remote: { address: '10.0.0.1', port: 4_000, rtcpPort: 4_001 },
      send: true,
      receive: true,
      held: false,
    });
    const room = new Uint8Array(1_400);
    const speech = tone([500], 320, { rate: OPUS_RATE });
    for (let n = 0; n < 20; n++, now += 20) {
      const octets = encode(speech, speech.length, room);
      const bytes = Buffer.concat([Buffer.alloc(12), room.subarray(0, octets)]);
      writeRtpHeader(bytes, { marker: n === 0, payloadType, sequence: n, timestamp: n * 960, ssrc: 7 });
      receiver.receive(bytes, '10.0.0.1', 4_000, ms(now));
    }
    receiver.close();
    encode.close?.();
    expect(heard).toBe(count);
  },
);
