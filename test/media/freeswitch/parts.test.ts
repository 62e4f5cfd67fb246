import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IvrError } from '../../../src/domain/error.ts';
import { agreedMedia } from '../../../src/media/freeswitch/agreed-media.ts';
import { narrowSdp, plainOffer, widenAnswer } from '../../../src/media/freeswitch/narrow-sdp.ts';
import { nodeIdentity } from '../../../src/media/freeswitch/node-identity.ts';
import { RtpWatch } from '../../../src/media/freeswitch/rtp-watch.ts';
import { parseSdp } from '../../../src/sdp/session.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const CODECS = ['PCMU', 'PCMA'] as const;
const head = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n';
const answer = `${head}m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n`;

const audio = fc.constantFrom(
  'm=audio 5000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n',
  'm=audio 5002 RTP/AVP 9 96\r\na=rtpmap:96 opus/48000/2\r\n',
  'm=audio 5004 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:secret\r\n',
  'm=audio 0 RTP/AVP 0\r\n',
  'm=video 5006 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n',
  'm=audio 5008 RTP/AVPF 111 8\r\na=rtpmap:111 PCMU/8000\r\na=sendonly\r\n',
);

test('FreeSWITCH sees one plain stream of ours; the answer has every stream that was offered, one of them taken', () => {
  fc.assert(
    fc.property(fc.array(audio, { minLength: 1, maxLength: 5 }), (media) => {
      const offer = head + media.join('');
      let narrow: string;
      try {
        narrow = narrowSdp(offer, CODECS);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'NO_COMMON_CODEC' });
        return;
      }
      const seen = parseSdp(narrow).media;
      expect(seen).toHaveLength(1);
      expect(narrow).not.toMatch(/crypto|opus|SAVP|G722/);
      const answered = parseSdp(widenAnswer(answer, offer, CODECS)).media;
      const offered = parseSdp(offer).media;
      expect(answered.map(({ kind, protocol }) => [kind, protocol])).toEqual(
        offered.map(({ kind, protocol }) => [kind, protocol]),
      );
      expect(answered.filter(({ port }) => port > 0)).toHaveLength(1);
      const taken = answered.findIndex(({ port }) => port > 0);
      expect(offered[taken]?.port).toBe(seen[0]?.port);
    }),
  );
});

test('whatever a far end writes is taken or refused with a code', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => head + text),
      ),
      (text) => {
        try {
          expect(parseSdp(narrowSdp(text, CODECS)).media).toHaveLength(1);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(IvrError);
        }
      },
    ),
  );
});

test('payload types of their own are kept, in the order of the offer', () => {
  const offer = `${head}m=audio 5000 RTP/AVP 8 100 97 98\r\na=rtpmap:97 PCMU/8000\r\na=rtpmap:98 telephone-event/48000\r\na=rtpmap:100 telephone-event/8000\r\na=fmtp:100 0-15\r\n`;
  expect(narrowSdp(offer, CODECS)).toMatch(/^m=audio 5000 RTP\/AVP 8 97 100\r$/m);
  expect(narrowSdp(offer, ['PCMA'])).toMatch(/^m=audio 5000 RTP\/AVP 8 100\r$/m);
});

test('an offer with SRTP beside RTP goes out plain', () => {
  const offer = `${head}m=audio 4000 RTP/SAVP 0 101\r\na=crypto:1 x inline:y\r\nm=audio 4000 RTP/AVP 0 8 101 13\r\na=rtpmap:101 telephone-event/8000\r\na=rtpmap:13 CN/8000\r\n`;
  expect(plainOffer(offer, CODECS).match(/^m=.*/gm)).toEqual(['m=audio 4000 RTP/AVP 0 8 101']);
});

test('what is agreed: FreeSWITCH’s codec, the far end’s keys and hold', () => {
  const remote = `${head}m=audio 5000 RTP/AVP 8 0 100\r\na=rtpmap:100 telephone-event/8000\r\na=sendonly\r\n`;
  expect(agreedMedia(remote, answer, CODECS, undefined)).toMatchObject({
    codec: 'PCMU',
    payloadType: 0,
    telephoneEvent: 100,
    held: true,
    send: false,
    receive: true,
    remote: { address: '192.0.2.1', port: 5000 },
  });
});

test('RTP is lost once after the time-out, begins once, is not expected on hold, and not judged without a count', async () => {
  const clock = new ManualClock();
  const events: string[] = [];
  let packets: number | undefined = 0;
  let reports = 0;
  const watch = new RtpWatch({
    clock,
    timeout: 20_000,
    count: () =>
      packets === undefined ? Promise.reject(new Error('no answer')) : Promise.resolve({ rtp: packets, rtcp: reports }),
    emit: ({ type }) => events.push(type),
  });
  const pass = async (time: number, each = 0): Promise<void> => {
    for (let at = 0; at < time; at += 100) {
      if (packets !== undefined) packets += each;
      clock.advance(100);
      for (let i = 0; i < 6; i++) await Promise.resolve();
    }
  };
  watch.expect(true);
  await pass(19_000);
  expect(events).toEqual([]);
  await pass(6_000);
  expect(events).toEqual(['rtp-lost']);
  await pass(60_000);
  expect(events).toEqual(['rtp-lost']);
  await pass(6_000, 5);
  expect(events).toEqual(['rtp-lost', 'rtp-began']);
  watch.expect(false);
  await pass(120_000);
  watch.expect(true);
  await pass(15_000);
  expect(events).toEqual(['rtp-lost', 'rtp-began']);
  packets = undefined;
  await pass(60_000);
  expect(events).toEqual(['rtp-lost', 'rtp-began']);
  packets = 9_999;
  await pass(6_000);
  // reports are a sign of life, and no beginning
  for (let n = 0; n < 20; n++) {
    reports++;
    await pass(5_000);
  }
  expect(events).toEqual(['rtp-lost', 'rtp-began']);
  await pass(30_000);
  expect(events).toEqual(['rtp-lost', 'rtp-began', 'rtp-lost']);
  watch.close();
  await pass(60_000);
  expect(events).toHaveLength(3);
  expect(clock.pending).toBe(0);
});

test('a node knows its channels of every life, and no others', () => {
  const listen = { host: '192.0.2.1', port: 8085 };
  const [one, again, other] = [nodeIdentity('a', listen), nodeIdentity('a', listen), nodeIdentity('b', listen)];
  expect(one.from).not.toBe(again.from);
  expect(one.isOurs(again.from)).toBe(true);
  expect(one.isOurs(other.from)).toBe(false);
  expect(one.isOurs('nobody')).toBe(false);
  expect(nodeIdentity(undefined, listen).isOurs(nodeIdentity(undefined, listen).from)).toBe(true);
  const anywhere = { host: '192.0.2.1', port: 0 };
  expect(nodeIdentity(undefined, anywhere).isOurs(nodeIdentity(undefined, anywhere).from)).toBe(false);
});
