import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskMessage } from '../../src/sip/message/mask-message.ts';
import { parseSipMessage } from '../../src/sip/message/parse-message.ts';

const SDP = `v=0
o=zhangwei 1 2 IN IP4 192.0.2.7
s=Zhang Wei
i=account 6222020200112233
e=zhang@example.com
c=IN IP4 192.0.2.7
t=0 0
k=clear:kkkksecret
m=audio 4000 RTP/SAVP 0 101
a=rtpmap:0 PCMU/8000
a=fmtp:101 0-15
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:kkkksecretkkkksecretkkkksecret|2^20 UNENCRYPTED_SRTCP
a=ice-ufrag:kkkksecret
a=ice-pwd:kkkksecretkkkksecretkkkk
a=x-customer:Zhang Wei
a=sendrecv
`.replaceAll('\n', '\r\n');

function masked(headers: string, body = '', type = 'application/sdp', start = 'INVITE sip:bank@192.0.2.1 SIP/2.0') {
  const text = `${start}\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKabc;rport\r\nFrom: "Zhang Wei" <sip:+8613912345678@192.0.2.7>;tag=kept\r\nTo: <sip:bank@192.0.2.1>\r\nCall-ID: 13912345678-1@192.0.2.7\r\nCSeq: 1 ${start.split(' ')[0]}\r\n${headers}${body === '' ? '' : `Content-Type: ${type}\r\n`}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const parsed = parseSipMessage(Buffer.from(text), 'datagram');
  if (parsed.ok !== 'message') throw new Error(`unusable: ${JSON.stringify(parsed)}`);
  return maskMessage(parsed.message);
}
const whole = (message: ReturnType<typeof masked>): string =>
  [message.startLine, ...message.headers, ...message.body].join('\n');

test('what an engineer needs stays: dialog, route, capabilities, codecs, addresses', () => {
  const { startLine, headers, body } = masked(
    'Contact: <sip:zhangwei@192.0.2.7:5062;transport=tcp>\r\nSupported: timer\r\n',
    SDP,
  );
  expect(startLine).toBe('INVITE sip:***@192.0.2.1 SIP/2.0');
  expect(headers).toContain('From: "…" <sip:+*********5678@192.0.2.7>;tag=kept');
  expect(headers).toContain('Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKabc;rport');
  expect(headers).toContain('Contact: <sip:***@192.0.2.7:5062;transport=tcp>');
  expect(headers).toContain('Call-ID: *******5678-1@192.0.2.7');
  expect(headers).toContain('Supported: timer');
  expect(masked('RAck: 1 987654 INVITE\r\nTimestamp: 1234567\r\n').headers).toEqual(
    expect.arrayContaining(['RAck: 1 987654 INVITE', 'Timestamp: 1234567']),
  );
  expect(body).toContain('m=audio 4000 RTP/SAVP 0 101');
  expect(body).toContain('a=rtpmap:0 PCMU/8000');
  expect(body).toContain('a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…');
  expect(body).toContain('o=… 1 2 IN IP4 192.0.2.7');
});

test.each([
  ['a session description', '', SDP],
  [
    'credentials',
    'Authorization: Digest username="zhangwei", realm="bank", nonce="kkkksecret", response="kkkksecret", uri="sip:6222020200112233@h"\r\nProxy-Authorization: Bearer kkkksecret\r\nWWW-Authenticate: Digest realm="bank", nonce="kkkksecret"\r\n',
    '',
  ],
  [
    'a token',
    'Authorization: Bearer kkkksecret\r\nX-Token: kkkksecret\r\nIdentity: kkkksecret;info=<https://h/c>\r\n',
    '',
  ],
  [
    'identities',
    'P-Asserted-Identity: "Zhang Wei" <tel:+8613912345678>\r\nRemote-Party-ID: "Zhang Wei" <sip:13912345678@h>;party=zhangwei\r\nDiversion: <sip:13912345678@h>;reason=no-answer\r\nHistory-Info: <sip:zhangwei@h?Reason=kkkksecret>;index=1\r\n',
    '',
  ],
  [
    'transfers',
    'Refer-To: <sip:zhangwei:kkkksecret@h?Replaces=kkkksecret%3Bto-tag%3D1>\r\nReferred-By: <sip:zhangwei@h>;cid="kkkksecret"\r\nReplaces: kkkksecret;to-tag=1;from-tag=2\r\n',
    '',
  ],
  [
    'texts',
    'Subject: Zhang Wei\r\nUser-to-User: kkkksecret;encoding=hex\r\nX-Contact-Context: zhangwei\r\nReason: Q.850;cause=16;text="Zhang Wei"\r\nOrganization: Zhang Wei\r\n',
    '',
  ],
])('%s tells of nobody and gives no key away', (_, headers, body) => {
  expect(whole(masked(headers, body))).not.toMatch(/zhang|kkkksecret|6222020200112233|13912345/i);
});

test('of other bodies type and length are shown: a key by INFO is none of a reader’s business', () => {
  const info = masked('', 'Signal=7\r\nDuration=160\r\n', 'application/dtmf-relay', 'INFO sip:bank@192.0.2.1 SIP/2.0');
  expect(info.body).toEqual(['[application/dtmf-relay, 24 bytes]']);
});

test('property: whatever stands in a name, a user part, an unknown header or a text of SDP, it is not shown, and no line breaks out of its place', () => {
  const word = fc.stringMatching(/^[a-z]{12,20}$/);
  fc.assert(
    fc.property(word, fc.stringMatching(/^\d{9,16}$/), fc.boolean(), (secret, number, tel) => {
      const uri = tel ? `tel:+${number};phone-context=${secret}` : `sip:${secret}@192.0.2.9;x-name=${secret}`;
      const shown = masked(
        `P-Asserted-Identity: "${secret}" <${uri}>\r\nX-Any: ${secret} ${number}\r\nUser-Agent: phone ${number}\r\nSubject: ${secret}\r\n`,
        `v=0\r\no=${secret} 1 1 IN IP4 192.0.2.9\r\ns=${secret}\r\nb=AS:64\r\nm=audio 4000 RTP/AVP 0\r\na=x-${secret.slice(0, 2)}:${secret}\r\n`,
      );
      expect(whole(shown)).not.toContain(secret);
      expect(whole(shown)).not.toContain(number);
      for (const line of [shown.startLine, ...shown.headers, ...shown.body]) expect(line).not.toMatch(/\p{Cc}/u);
    }),
    { numRuns: 300 },
  );
});

test('property: never throws, whatever bytes a body has', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      expect(masked('', text).body.length).toBeLessThan(100);
    }),
    { numRuns: 200 },
  );
});
