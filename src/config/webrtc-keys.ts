import { flag, port, section, text, whole } from './key-types.ts';

/* Telephones in browsers. */

export const webrtcKeys = section({
  enabled: flag(
    'take calls from browsers: SIP over WebSocket at /sip of the web server, audio by WebRTC (with the embedded SIP and media servers)',
    true,
  ),
  host: text('IP address that browsers send their audio to; empty: the first of rtp.host', ''),
  advertise: text(
    'address to give browsers where they reach this server at another one (NAT); empty: sip.advertise',
    '',
  ),
  port: port('UDP port of the audio of all browsers; 0: any free port for each call', 0),
  ice_servers: text(
    'STUN and TURN servers for browsers and this server, stun:HOST:PORT or turn:USER:PASSWORD@HOST:PORT, separated by commas; pages that call receive the password; empty: none',
    '',
  ),
  origins: text(
    'web sites whose pages may open SIP connections besides our own, such as https://intranet.bank.example, separated by commas',
    '',
  ),
  calls: whole('concurrent calls of browsers', 100, 1, 10_000),
  credential_minutes: whole(
    'minutes for which the credentials of a telephone in a browser are valid; its page fetches new ones in time',
    15,
    2,
    480,
  ),
  newcomer: flag(
    'show browsers on this machine a page at / from which the line can be called, without an account',
    true,
  ),
});
