import { expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import { ms } from '../../src/domain/units.ts';
import { newRtpView, parseRtp, rtpHeaderOctets, writeRtpHeader } from '../../src/rtp/packet.ts';
import { formatRtcp, parseRtcp } from '../../src/rtp/rtcp.ts';
import { SrtpReceiver } from '../../src/rtp/srtp/srtp-receiver.ts';
import { makeAnswer, takeAnswer } from '../../src/sdp/offer-answer.ts';
import { sessionBodyOf } from '../../src/sdp/session-body.ts';
import { formatSdp, parseSdp } from '../../src/sdp/session.ts';
import { isWebrtc, readWebrtc } from '../../src/sdp/webrtc.ts';
import { formatSipMessage } from '../../src/sip/message/format-message.ts';
import { maskMessage } from '../../src/sip/message/mask-message.ts';
import { parseSipMessage } from '../../src/sip/message/parse-message.ts';
import { StreamFramer } from '../../src/sip/message/stream-framing.ts';
import { isStun, readStunResponse, stunRequest, stunResponse } from '../../src/sip/transport/stun.ts';
import { local, offer } from '../sdp/far-offer.ts';
import { requestText } from '../sip/peers.ts';
import { TORTURE } from '../sip/rfc4475.ts';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzz.ts';

/* Whatever strangers send: nothing throws what it does not say, hangs, or grows. `npm run fuzz` goes on for long. */

const SIP = [
  ...TORTURE.map(({ bytes }) => bytes),
  ...['INVITE', 'REGISTER', 'ACK', 'BYE', 'CANCEL', 'PRACK', 'REFER'].map((method) => Buffer.from(requestText(method))),
];
const CRYPTO = 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4';
const BROWSER = offer(
  'a=group:BUNDLE 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 0 126',
  'a=rtpmap:111 opus/48000/2',
  'a=rtpmap:126 telephone-event/8000',
  'a=mid:0',
  'a=rtcp-mux',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  `a=fingerprint:sha-256 ${'AB:'.repeat(31)}AB`,
  'a=setup:actpass',
  'a=candidate:1 1 udp 2113937151 192.0.2.7 40000 typ host',
);
const SDP = [
  offer('m=audio 6000 RTP/AVP 0 8 101', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15', 'a=ptime:20'),
  offer('m=audio 6000 RTP/SAVP 0', CRYPTO, 'a=sendonly', 'a=rtcp:6001 IN IP4 198.51.100.5'),
  offer('m=video 5000 RTP/AVP 31', 'm=audio 6000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2', 'a=maxptime:40'),
  BROWSER,
].map((text) => Buffer.from(text));

/** Only the codes that its documentation names. */
function mayRefuse(run: () => unknown, codes: readonly string[]): void {
  try {
    run();
  } catch (thrown) {
    if (!(thrown instanceof IvrError) || !codes.includes(thrown.code)) throw thrown;
  }
}

test('SIP: parsed, written out, parsed again; masked; cut out of a stream', { timeout: FUZZ_TIMEOUT_MS }, () => {
  let read = 0;
  fuzz(SIP, (bytes) => {
    for (const framing of ['datagram', 'stream'] as const) {
      const parsed = parseSipMessage(bytes, framing);
      if (parsed.ok === 'drop') continue;
      maskMessage(parsed.ok === 'message' ? parsed.message : parsed.request);
      if (parsed.ok !== 'message') continue;
      read++;
      const again = parseSipMessage(formatSipMessage(parsed.message), 'datagram');
      expect(again.ok, 'what we have read we can write').toBe('message');
    }
    const framer = new StreamFramer();
    const middle = bytes.length >> 1;
    framer.push(bytes.subarray(0, middle));
    framer.push(bytes.subarray(middle));
  });
  // or the inputs are all refused at the door: a hundred and more of the shortest run are read, give or take some
  expect(read).toBeGreaterThan(50);
});

test('SDP: answered, taken as an answer, read as a browser’s', { timeout: FUZZ_TIMEOUT_MS }, () => {
  const refusals = ['SDP_MALFORMED', 'NO_COMMON_CODEC'];
  let answered = 0;
  fuzz(SDP, (bytes) => {
    const text = bytes.toString('utf8');
    mayRefuse(() => formatSdp(parseSdp(text)), refusals);
    mayRefuse(() => {
      const answer = makeAnswer(text, local);
      answered++;
      parseSdp(answer.text);
    }, refusals);
    mayRefuse(() => takeAnswer({ text: SDP[0]?.toString() ?? '' }, text), refusals);
    if (isWebrtc(text)) mayRefuse(() => readWebrtc(text), refusals);
    sessionBodyOf(`multipart/mixed;boundary=${text.slice(0, 8)}`, text.slice(8, 30), text);
  });
  expect(answered).toBeGreaterThan(50);
});

const rtp = (size: number): Buffer => {
  const bytes = Buffer.alloc(12 + size, 0x7f);
  writeRtpHeader(bytes, { payloadType: 0, marker: false, sequence: 7, timestamp: 160, ssrc: 9 });
  return bytes;
};

test('RTP and SRTP', { timeout: FUZZ_TIMEOUT_MS }, () => {
  const view = newRtpView();
  const receivers = (['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'] as const).map(
    (suite) =>
      new SrtpReceiver({ suite, keying: Buffer.alloc(suite.startsWith('AEAD') ? 28 : 30, 1), mki: new Uint8Array(0) }),
  );
  fuzz([rtp(160), rtp(4), rtp(0)], (bytes) => {
    if (parseRtp(bytes, bytes.length, view))
      expect(rtpHeaderOctets(bytes, bytes.length)).toBeLessThanOrEqual(bytes.length);
    // no stranger has the key
    for (const receiver of receivers) {
      expect(receiver.rtp(Buffer.from(bytes), ms(0))).toBeUndefined();
      expect(receiver.rtcp(Buffer.from(bytes))).toBeUndefined();
    }
  });
});

test('RTCP', { timeout: FUZZ_TIMEOUT_MS }, () => {
  const block = {
    ssrc: 9,
    fractionLost: 1,
    cumulativeLost: 2,
    extendedHighestSequence: 3,
    jitter: 4,
    lastSenderReport: 5,
    delaySinceLastSenderReport: 6,
  };
  const corpus = [
    formatRtcp([
      { type: 'receiver-report', ssrc: 1, reports: [block, block] },
      { type: 'source-description', ssrc: 1, cname: 'a@b' },
      { type: 'bye', ssrcs: [1, 2] },
    ]),
  ].map((bytes) => Buffer.from(bytes));
  fuzz(corpus, (bytes) => void parseRtcp(bytes));
});

test('STUN', { timeout: FUZZ_TIMEOUT_MS }, () => {
  const from = { host: '192.0.2.7', port: 5060 };
  const request = stunRequest(Buffer.alloc(12, 3));
  const response = stunResponse(request, from) ?? Buffer.alloc(0);
  fuzz([request, response], (bytes) => {
    isStun(bytes);
    readStunResponse(bytes);
    const answer = stunResponse(bytes, from);
    // a forged address gets no more than it sent, and its own address
    expect(answer?.length ?? 0).toBeLessThanOrEqual(bytes.length + 12);
  });
});
