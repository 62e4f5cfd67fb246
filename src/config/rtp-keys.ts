import { SPOKEN_CODECS } from '../domain/codec.ts';
import { SRTP_SUITE_NAMES } from '../domain/srtp.ts';
import { choice, flag, section, text, whole } from './key-types.ts';

/** How audio is received and sent. */
export const rtpKeys = section({
  host: text(
    'IP addresses the media ports are bound to, separated by commas, named to callers unless sip.advertise is set: a call has the one of its own family (IPv4 or IPv6)',
    '127.0.0.1',
  ),
  port_min: whole('first port of the media range (even); 0 with port_max 0: any free port', 20_000, 0, 65_534),
  port_max: whole('last port of the media range', 29_999, 0, 65_535),
  codecs: text(
    `codecs to negotiate, the preferred one first, separated by commas: ${SPOKEN_CODECS.join(', ')} (G.722 and Opus: 7 kHz wide)`,
    'PCMU, PCMA',
  ),
  timeout_ms: whole(
    'a call is ended when it is not on hold and its caller has sent no audio for this long',
    30_000,
    1_000,
    3_600_000,
  ),
  nat: choice(
    'which RTP is accepted besides that from the address and port in the caller’s SDP. off: none; same-address: from other ports of that address, or from the address that the caller’s SIP messages come from (NAT); any: from anywhere',
    'same-address',
    ['off', 'same-address', 'any'],
  ),
  srtp: choice(
    'whether audio is encrypted (SRTP, with keys in the SDP). off: never; optional: where the caller supports it; required: calls without it are refused. not available with media.kind: freeswitch',
    'optional',
    ['off', 'optional', 'required'],
  ),
  srtp_suites: text(
    `crypto-suites, the preferred one first, separated by commas: ${SRTP_SUITE_NAMES.join(', ')}`,
    SRTP_SUITE_NAMES.join(', '),
  ),
  srtp_keys: choice(
    'over which SIP transports SRTP keys may be sent. tls: only TLS; any: also transports on which others could read them, for networks that you trust',
    'tls',
    ['tls', 'any'],
  ),
  workers: whole('media worker threads; 0: one fewer than there are cores, but at least one', 0, 0, 256),
  inband_dtmf: flag('also detect keys in the audio, for phones that did not negotiate telephone-event', true),
});
