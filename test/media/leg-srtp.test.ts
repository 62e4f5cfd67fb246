import { expect, test } from 'vitest';
import { keyingOctets, NO_MKI, type SrtpKey } from '../../src/domain/srtp.ts';
import { ms } from '../../src/domain/units.ts';
import { LegSrtp } from '../../src/media/embedded/leg-srtp.ts';
import { writeRtpHeader } from '../../src/rtp/packet.ts';
import { SrtpReceiver } from '../../src/rtp/srtp/srtp-receiver.ts';
import { SrtpSender } from '../../src/rtp/srtp/srtp-sender.ts';

const suite = 'AES_CM_128_HMAC_SHA1_80';
/** As it comes from the main thread: a copy of its own each time. */
const key = (seed: number): SrtpKey => ({ suite, keying: new Uint8Array(keyingOctets(suite)).fill(seed), mki: NO_MKI });
const keys = (send: number, receive: number) => ({ send: key(send), receive: key(receive) });

function packet(sequence: number, ssrc = 5): Buffer {
  const whole = Buffer.alloc(172, 0x55);
  writeRtpHeader(whole, { marker: false, payloadType: 0, sequence, timestamp: sequence * 160, ssrc });
  return whole;
}
const sent = (bytes: Buffer | undefined): Buffer => Buffer.from(bytes ?? Buffer.alloc(0));

test('hold and back with the same keys changes nothing: counters and what has come stay known', () => {
  const leg = new LegSrtp();
  const far = new SrtpSender(key(2));
  leg.use(keys(1, 2), ms(0));
  const first = sent(far.rtp(packet(1)));
  expect(leg.open(Buffer.from(first), 'rtp', ms(0))).toEqual(packet(1));
  for (let turn = 1; turn <= 5; turn++) expect(leg.use(keys(1, 2), ms(turn))).toBe(false);
  expect(leg.open(first, 'rtp', ms(6))).toBeUndefined(); // replayed
  expect(leg.open(sent(far.rtp(packet(2))), 'rtp', ms(6))).toEqual(packet(2));
  const listener = new SrtpReceiver(key(1));
  expect(listener.rtp(sent(leg.protect(packet(9))), ms(0))).toEqual(packet(9));
});

test('a new key of theirs: what is under way with the one before is heard for five seconds', () => {
  const leg = new LegSrtp();
  const [before, after] = [new SrtpSender(key(2)), new SrtpSender(key(3))];
  leg.use(keys(1, 2), ms(0));
  leg.open(sent(before.rtp(packet(1))), 'rtp', ms(0));
  expect(leg.use(keys(1, 3), ms(1_000))).toBe(false); // ours has stayed
  expect(leg.open(sent(before.rtp(packet(2))), 'rtp', ms(1_020))).toEqual(packet(2));
  expect(leg.open(sent(after.rtp(packet(3))), 'rtp', ms(1_040))).toEqual(packet(3));
  expect(leg.open(sent(before.rtp(packet(4))), 'rtp', ms(6_100))).toBeUndefined();
  expect(leg.refused).toBe(1);
});

test('plain RTP after encryption: what is still under way encrypted is heard for five seconds, what is plain at once', () => {
  const leg = new LegSrtp();
  const far = new SrtpSender(key(2));
  leg.use(keys(1, 2), ms(0));
  leg.open(sent(far.rtp(packet(1))), 'rtp', ms(0));
  leg.use(undefined, ms(1_000));
  expect(leg.protect(packet(9))).toEqual(packet(9));
  expect(leg.open(sent(far.rtp(packet(2))), 'rtp', ms(1_020))).toEqual(packet(2));
  expect(leg.open(packet(3), 'rtp', ms(1_040))).toEqual(packet(3));
  const report = Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 5]);
  expect(leg.open(sent(far.rtcp(report)), 'rtcp', ms(1_050))).toEqual(report);
  expect(leg.open(Buffer.from(report), 'rtcp', ms(1_060))).toEqual(report);
  leg.use(undefined, ms(2_000)); // hold, and back
  expect([leg.on, leg.refused]).toEqual([true, 0]);
  const late = sent(far.rtp(packet(4)));
  expect(leg.open(Buffer.from(late), 'rtp', ms(6_100))).toEqual(late);
  expect(leg.on).toBe(false);
});

test('a new key of ours wants a new stream, and is what goes out', () => {
  const leg = new LegSrtp();
  leg.use(keys(1, 2), ms(0));
  expect(leg.use(keys(4, 2), ms(1))).toBe(true);
  expect(new SrtpReceiver(key(4)).rtp(sent(leg.protect(packet(1))), ms(0))).toEqual(packet(1));
});

test('back from plain RTP to the same key: a new stream, whose counters have protected nothing with it', () => {
  const leg = new LegSrtp();
  leg.use(keys(1, 2), ms(0));
  expect(leg.use(undefined, ms(1))).toBe(false);
  expect(leg.use(keys(1, 2), ms(2))).toBe(true);
  expect(leg.use(keys(1, 2), ms(3))).toBe(false);
});

test('once encryption is agreed nothing plain is taken; without it everything passes as it is', () => {
  const leg = new LegSrtp();
  expect(leg.open(packet(1), 'rtp', ms(0))).toEqual(packet(1));
  expect(leg.protect(packet(1))).toEqual(packet(1));
  leg.use(keys(1, 2), ms(0));
  expect(leg.open(packet(2), 'rtp', ms(1))).toBeUndefined();
  expect(sent(leg.protect(packet(2))).subarray(12, 172)).not.toEqual(packet(2).subarray(12));
});

test('keys are wiped when they are needed no more', () => {
  const leg = new LegSrtp();
  const [first, again, second] = [keys(1, 2), keys(1, 2), keys(4, 5)];
  leg.use(first, ms(0));
  leg.use(again, ms(1)); // a copy that says nothing new
  leg.use(second, ms(2));
  leg.open(packet(1), 'rtp', ms(9_000)); // the former one's time is over
  leg.close();
  const third = keys(1, 2);
  const plain = new LegSrtp();
  plain.use(third, ms(0));
  plain.use(undefined, ms(1));
  plain.open(packet(1), 'rtp', ms(9_000));
  for (const { send, receive } of [first, again, second, third])
    for (const { keying } of [send, receive]) expect(keying.every((octet) => octet === 0)).toBe(true);
});
