import { formatSipMessage } from './message/format-message.ts';
import { parseSipMessage } from './message/parse-message.ts';
import { responseTo } from './message/response-to.ts';

/** Four messages each. A round costs a tenth of what the first ones did after some 400 of them; as many again make it hardly any cheaper. */
const ROUNDS = 500;

const INVITE = Buffer.from(
  [
    'INVITE sip:800100200@192.0.2.10:5060;transport=udp SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.20:5062;branch=z9hG4bKwarm-up;rport',
    'Via: SIP/2.0/UDP 192.0.2.21;branch=z9hG4bKwarm-up-2;received=192.0.2.22',
    'Record-Route: <sip:192.0.2.20;lr>',
    'From: "Warm Up" <sip:caller@192.0.2.20>;tag=warm-up',
    'To: <sip:800100200@192.0.2.10>',
    'Call-ID: warm-up@192.0.2.20',
    'CSeq: 1 INVITE',
    'Contact: <sip:caller@192.0.2.20:5062;ob>',
    'Max-Forwards: 70',
    'Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK, INFO',
    'Supported: replaces, timer, 100rel',
    'Content-Type: application/sdp',
    'Content-Length: 120',
    '',
    'v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n'
      .padEnd(120)
      .slice(0, 120),
  ].join('\r\n'),
);

let warm = false;

/**
 * Runs the parser until it is compiled; once per process, a few tenths of a second. A cold process that is called a
 * thousand times in its first second answers so late that every call is retransmitted, and never gets over it.
 */
export function warmUp(): void {
  if (warm) return;
  warm = true;
  for (let i = 0; i < ROUNDS; i++) {
    const parsed = parseSipMessage(INVITE, i % 2 === 0 ? 'datagram' : 'stream');
    if (parsed.ok !== 'message' || parsed.message.kind !== 'request')
      throw new TypeError('the sample call is well-formed');
    for (const status of [100, 180, 200])
      parseSipMessage(formatSipMessage(responseTo(parsed.message, status)), 'datagram');
  }
}
