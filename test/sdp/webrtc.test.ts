import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeAnswer } from '../../src/sdp/offer-answer.ts';
import { attributeOf, parseSdp } from '../../src/sdp/session.ts';
import { isWebrtc, plainText, readWebrtc, transportText, webrtcText } from '../../src/sdp/webrtc.ts';

/** What Chromium 1xx offers, its candidates hidden by mDNS but one. */
const FINGERPRINT = `sha-256 ${Array.from({ length: 32 }, (_, n) => (n + 16).toString(16).toUpperCase()).join(':')}`;
const OFFER = `v=0
o=- 6912982879835469472 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=msid-semantic: WMS x
m=audio 50591 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 192.0.2.2
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1 1 udp 2122194687 1f4712db-ea17-4bcf-a596-105139dfd8bf.local 50591 typ host generation 0 network-id 1
a=candidate:2 1 udp 2122194687 192.0.2.2 50591 typ host generation 0 network-id 1
a=candidate:3 1 tcp 1518214911 192.0.2.2 9 typ host tcptype active generation 0
a=ice-ufrag:9QP6
a=ice-pwd:BVdfmR+HdUf+D8BeaclztVE3
a=fingerprint:${FINGERPRINT}
a=setup:actpass
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:126 telephone-event/8000
a=fmtp:126 0-15
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=ice-ufrag:9QP6
a=ice-pwd:BVdfmR+HdUf+D8BeaclztVE3
a=fingerprint:${FINGERPRINT}
a=setup:actpass
a=mid:1
a=recvonly
a=rtcp-mux
a=rtpmap:96 VP8/90000
`.replaceAll('\n', '\r\n');
const GATEWAY = { host: '127.0.0.1', port: 40_000 };
const OWN = {
  ufrag: 'ours',
  password: 'a-password-of-ours'.replaceAll('-', ''),
  fingerprint: FINGERPRINT,
  setup: 'active',
  candidates: ['1 1 UDP 2114977791 10.0.0.1 33991 typ host'],
  mid: '0',
} as const;
const LOCAL = { host: '127.0.0.1', port: 20_000, sessionId: '1', version: 1 };

describe('a browser’s offer', () => {
  test('is plain RTP from the gateway to the leg, which answers it as any other', () => {
    const plain = plainText(readWebrtc(OFFER), GATEWAY);
    const { negotiated, text } = makeAnswer(plain, LOCAL);
    expect(negotiated).toMatchObject({
      codec: 'PCMU',
      telephoneEvent: 126,
      direction: 'sendrecv',
      remote: { host: '127.0.0.1', port: 40_000, rtcpPort: 40_000 },
    });
    expect(parseSdp(text).media.map(({ kind, port }) => [kind, port])).toEqual([
      ['audio', 20_000],
      ['video', 0],
    ]);
  });

  test('the library is told of the transport alone; names and other transports are left out', () => {
    const text = transportText(readWebrtc(OFFER));
    expect(text).toContain('a=candidate:2 1 udp 2122194687 192.0.2.2 50591 typ host\r\n');
    expect(text).not.toMatch(/\.local|tcptype|VP8|opus|generation/);
  });

  test('candidates by names alone are no reason to refuse: its address is learned from its checks', () => {
    const hidden = OFFER.replaceAll(/a=candidate:[23].*\r\n/g, '');
    expect(readWebrtc(hidden).candidates).toEqual([]);
    expect(transportText(readWebrtc(hidden))).not.toContain('candidate');
  });

  test.each([
    ['without RTCP on the same port', (text: string) => text.replaceAll('a=rtcp-mux\r\n', '')],
    ['with a weak fingerprint', (text: string) => text.replaceAll('sha-256', 'sha-1')],
    [
      'with credentials that ICE does not have',
      (text: string) => text.replaceAll('a=ice-ufrag:9QP6', 'a=ice-ufrag:9 P'),
    ],
  ])('%s it is refused', (_, change) => {
    expect(() => readWebrtc(change(OFFER))).toThrow(expect.objectContaining({ code: 'NO_COMMON_CODEC' }));
  });

  test('a telephone’s is none, whatever it says beside', () => {
    expect(isWebrtc(OFFER)).toBe(true);
    expect(isWebrtc(OFFER.replaceAll('UDP/TLS/RTP/SAVPF', 'RTP/AVP'))).toBe(false);
    expect(isWebrtc(OFFER.replaceAll(/a=fingerprint.*\r\n/g, ''))).toBe(false);
  });

  test('nothing that strangers write throws, or reaches the library unread', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...OFFER.split('\r\n'), 'm=audio 9 UDP/TLS/RTP/SAVPF 0', 'a=setup:x', 'a=candidate:')),
        (lines) => {
          const text = lines.join('\r\n');
          if (!isWebrtc(text)) return;
          let audio;
          try {
            audio = readWebrtc(text);
          } catch (thrown) {
            expect(thrown).toMatchObject({ code: 'NO_COMMON_CODEC' });
            return;
          }
          expect(parseSdp(transportText(audio)).media).toHaveLength(1);
        },
      ),
    );
  });
});

describe('our answer', () => {
  const answered = (advertise?: string) =>
    parseSdp(
      webrtcText(makeAnswer(plainText(readWebrtc(OFFER), GATEWAY), LOCAL).text, OWN, {
        theirs: readWebrtc(OFFER),
        advertise,
      }),
    );

  test('has the gateway’s ICE and DTLS, RTCP on the same port, and its role', () => {
    const { media, attributes } = answered();
    const [audio, video] = media;
    expect(attributeOf(attributes, 'group')).toBe('BUNDLE 0');
    expect(audio).toMatchObject({
      protocol: 'UDP/TLS/RTP/SAVPF',
      port: 33_991,
      host: '10.0.0.1',
      formats: ['0', '126'],
    });
    const of = (name: string) => attributeOf(audio?.attributes ?? [], name);
    expect(['setup', 'mid', 'ice-ufrag', 'rtcp-mux', 'rtcp'].map(of)).toEqual(['active', '0', 'ours', '', undefined]);
    expect(video).toMatchObject({ port: 0, attributes: [{ name: 'mid', value: '1' }] });
  });

  test('names the address that is seen from outside', () => {
    const [audio] = answered('203.0.113.5').media;
    expect(attributeOf(audio?.attributes ?? [], 'candidate')).toBe('1 1 UDP 2114977791 203.0.113.5 33991 typ host');
  });
});
