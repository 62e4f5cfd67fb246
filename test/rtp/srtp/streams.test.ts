import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyingOctets, NO_MKI, SRTP_SUITE_NAMES, type SrtpKey, type SrtpSuite } from '../../../src/domain/srtp.ts';
import { ms } from '../../../src/domain/units.ts';
import { writeRtpHeader } from '../../../src/rtp/packet.ts';
import { ReplayWindow } from '../../../src/rtp/srtp/replay-window.ts';
import { indexOf, SrtpReceiver } from '../../../src/rtp/srtp/srtp-receiver.ts';
import { SrtpSender } from '../../../src/rtp/srtp/srtp-sender.ts';

const keyOf = (suite: SrtpSuite, seed = 1, mki = NO_MKI): SrtpKey => ({
  suite,
  keying: Uint8Array.from({ length: keyingOctets(suite) }, (_, i) => (i * 37 + seed * 101) & 0xff),
  mki,
});

function packet(sequence: number, ssrc = 7, octets = 160): Buffer {
  const whole = Buffer.alloc(12 + octets, sequence & 0xff);
  writeRtpHeader(whole, {
    marker: false,
    payloadType: 0,
    sequence: sequence & 0xffff,
    timestamp: sequence * 160,
    ssrc,
  });
  return whole;
}

const rtcp = (n: number): Buffer => Buffer.from([0x81, 201, 0, 2, 0, 0, 0, 7, n >> 8, n & 0xff, 1, 2]);

/** As it goes over the wire: in memory of its own. */
const sent = (bytes: Buffer | undefined): Buffer => Buffer.from(bytes ?? Buffer.alloc(0));

describe.each(SRTP_SUITE_NAMES)('%s', (suite) => {
  test('a hundred thousand packets across roll-overs, from sequence 65,500 on, reordered, two streams in turn', () => {
    const sender = new SrtpSender(keyOf(suite));
    const receiver = new SrtpReceiver(keyOf(suite));
    const most = suite.startsWith('AEAD') ? 4_000 : 70_000;
    let opened = 0;
    for (let n = 65_500; n < 65_500 + most; n += 2) {
      const ssrc = Math.floor(n / 500) % 2 === 0 ? 7 : 9;
      const [first, second] = [sent(sender.rtp(packet(n, ssrc, 8))), sent(sender.rtp(packet(n + 1, ssrc, 8)))];
      // every fourth pair comes the wrong way round
      for (const each of n % 8 === 0 ? [second, first] : [first, second])
        if (receiver.rtp(each, ms(0)) !== undefined) opened++;
    }
    expect(opened).toBe(most);
    expect(receiver.refused).toEqual({ malformed: 0, replayed: 0, unauthentic: 0 });
  });

  test('a packet counts once, changed it does not count, and with another key neither', () => {
    const sender = new SrtpSender(keyOf(suite));
    const receiver = new SrtpReceiver(keyOf(suite));
    const one = sent(sender.rtp(packet(5)));
    expect(receiver.rtp(Buffer.from(one), ms(0))).toEqual(packet(5));
    expect(receiver.rtp(Buffer.from(one), ms(0))).toBeUndefined();
    const two = sent(sender.rtp(packet(6)));
    for (const at of [1, 5, 20, two.length - 1]) {
      const changed = Buffer.from(two);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(receiver.rtp(changed, ms(0))).toBeUndefined();
    }
    expect(new SrtpReceiver(keyOf(suite, 2)).rtp(Buffer.from(two), ms(0))).toBeUndefined();
    expect(receiver.rtp(two, ms(0))).toEqual(packet(6));
    expect(receiver.refused.replayed).toBe(1);
    expect(receiver.rtp(packet(7), ms(0))).toBeUndefined(); // plain
  });

  test('RTCP: protected both ways, each report once', () => {
    const sender = new SrtpSender(keyOf(suite));
    const receiver = new SrtpReceiver(keyOf(suite));
    const reports = [1, 2, 3].map((n) => sent(sender.rtcp(rtcp(n))));
    expect(reports[0]?.includes(rtcp(1).subarray(8))).toBe(false);
    for (const [i, report] of reports.entries()) expect(receiver.rtcp(Buffer.from(report))).toEqual(rtcp(i + 1));
    expect(receiver.rtcp(reports[1] ?? Buffer.alloc(0))).toBeUndefined();
  });

  test('a master key identifier is taken, and taken off', () => {
    const key = keyOf(suite, 1, Uint8Array.of(0, 1));
    const sender = new SrtpSender(key);
    const plain = sent(new SrtpSender(keyOf(suite)).rtp(packet(1)));
    const [media, report] = [sent(sender.rtp(packet(1))), sent(sender.rtcp(rtcp(1)))];
    expect(media.length).toBe(plain.length + 2);
    const receiver = new SrtpReceiver(key);
    expect(receiver.rtp(Buffer.from(media), ms(0))).toEqual(packet(1));
    expect(receiver.rtcp(report)).toEqual(rtcp(1));
    expect(new SrtpReceiver(keyOf(suite, 1, Uint8Array.of(0, 2))).rtp(media, ms(0))).toBeUndefined();
  });

  test('whatever comes is refused or opened, never thrown', () => {
    const receiver = new SrtpReceiver(keyOf(suite));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_100 }), (bytes) => {
        expect(receiver.rtp(Buffer.from(bytes), ms(0))).toBeUndefined();
        expect(receiver.rtcp(Buffer.from(bytes))).toBeUndefined();
      }),
    );
  });
});

describe('a stream that is joined late', () => {
  const suite = 'AES_CM_128_HMAC_SHA1_80';
  const far = (): SrtpSender => {
    const sender = new SrtpSender(keyOf(suite));
    for (const n of [0, 40_000, 65_536, 105_536, 131_072]) sender.rtp(packet(n));
    return sender;
  };

  test('is followed wherever its counter is, within hours', () => {
    expect(new SrtpReceiver(keyOf(suite)).rtp(sent(far().rtp(packet(131_073))), ms(0))).toEqual(packet(131_073));
  });

  test('a new key goes on counting, or begins anew: both are understood', () => {
    const goesOn = new SrtpReceiver(keyOf(suite), () => 2);
    expect(goesOn.rtp(sent(far().rtp(packet(131_073))), ms(0))).toEqual(packet(131_073));
    const anew = new SrtpReceiver(keyOf(suite), () => 2);
    expect(anew.rtp(sent(new SrtpSender(keyOf(suite)).rtp(packet(9))), ms(0))).toEqual(packet(9));
  });

  test('whoever has no key makes us search a bounded number of times', () => {
    const receiver = new SrtpReceiver(keyOf(suite));
    const stranger = new SrtpSender(keyOf(suite, 3));
    for (let n = 0; n < 200; n++) receiver.rtp(sent(stranger.rtp(packet(n))), ms(0));
    expect(receiver.refused.unauthentic).toBe(200);
    // nobody searches any more, but a stream from its beginning is heard
    expect(receiver.rtp(sent(far().rtp(packet(131_073))), ms(0))).toBeUndefined();
    expect(receiver.rtp(sent(new SrtpSender(keyOf(suite)).rtp(packet(3))), ms(0))).toEqual(packet(3));
  });

  test('a stranger who goes on sending does not keep the far end from being found', () => {
    const receiver = new SrtpReceiver(keyOf(suite));
    const stranger = new SrtpSender(keyOf(suite, 3));
    const caller = far();
    // two thousand packets a second of the one, fifty of the other
    let heard: number | undefined;
    for (let at = 0; at <= 3_000 && heard === undefined; at += 20) {
      for (let n = 0; n < 40; n++) receiver.rtp(sent(stranger.rtp(packet(at * 2 + n))), ms(at));
      if (receiver.rtp(sent(caller.rtp(packet(131_073 + at / 20))), ms(at + 10)) !== undefined) heard = at;
    }
    expect(heard).toBeDefined();
  });
});

test('the index that is guessed is the right one within half a cycle (RFC 3711 appendix A)', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: -32_767, max: 32_767 }), (newest, off) => {
      const index = newest + off;
      fc.pre(index >= 0);
      expect(indexOf(index % 65_536, newest)).toBe(index);
    }),
  );
});

test('a window knows what has come, as a set of all would', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 300 }), (indices) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let newest = -1;
      for (const index of indices) {
        expect(window.isNew(index)).toBe(!seen.has(index) && newest - index < 256);
        if (!window.isNew(index)) continue;
        window.note(index);
        seen.add(index);
        newest = Math.max(newest, index);
      }
    }),
  );
});
