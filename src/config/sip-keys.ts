import { flag, port, section, text, whole } from './key-types.ts';

/* The keys of the embedded SIP server, and of what routes calls. */

export const sipKeys = section({
  host: text(
    'IP addresses the embedded SIP server listens on, separated by commas, all with the same ports: 192.0.2.10, 2001:db8::10 takes calls over IPv4 and IPv6',
    '127.0.0.1',
  ),
  port: port('UDP and TCP port of the SIP server', 5060),
  tcp: flag('also listen on TCP', true),
  tls: section({
    port: port('port of SIP over TLS', 5061),
    certificate: text(
      'PEM file with the SIP server’s certificate chain; read again when it changes; empty: no SIP over TLS',
      '',
    ),
    key: text('PEM file with the private key of that certificate', ''),
    authorities: text(
      'PEM file of the authorities that sign the certificates of trunks, SBCs and telephones; empty: the public ones that Node.js knows',
      '',
    ),
    verify_clients: flag('accept only connections that present a certificate signed by sip.tls.authorities', false),
  }),
  advertise: text(
    'address to put into Contact and SDP where callers see another one (NAT), or one for IPv4 and one for IPv6, separated by a comma; empty: the address listened on',
    '',
  ),
  setups_per_second: whole(
    'new calls per second; calls beyond that are answered 503 with Retry-After',
    200,
    1,
    100_000,
  ),
  trusted: text(
    'IP addresses and networks of your trunks, SBCs and proxies, separated by commas: they are not limited per address, and their headers tell who is calling',
    '127.0.0.0/8, ::1',
  ),
  allow: text(
    'IP addresses and networks that may call besides the trusted ones, separated by commas; empty: anyone',
    '',
  ),
  source_setups_per_second: whole(
    'new calls per second from one untrusted address, in bursts of up to five seconds’ worth; calls beyond that are answered 503',
    2,
    1,
    10_000,
  ),
  source_pending: whole(
    'unacknowledged calls from one untrusted address; all untrusted addresses together may have a quarter of limits.calls',
    4,
    1,
    10_000,
  ),
  ladder_days: whole(
    'days for which the SIP messages of a call are kept, masked, for `tellerline ladder` and /api; they stay while its recording is under a legal hold, and go earlier when it is destroyed; 0: none are kept',
    14,
    0,
    3_650,
  ),
  ack_ms: whole('how long an untrusted address may take to acknowledge an answer over UDP', 5_000, 500, 32_000),
});

export const trunksKeys = section({
  file: text(
    'YAML file of the trunks: where calls to their domains go, how we register with them, and where their calls come from (docs/front-ends.md); empty: none',
    '',
  ),
});

export const routingKeys = section({
  file: text(
    'YAML file of opening hours, holidays, inbound numbers and their dialplans, and outbound routes (docs/front-ends.md); empty: dialplan.file answers every call',
    '',
  ),
});

export const queuesKeys = section({
  file: text(
    'YAML file of the queues and their agents (docs/queues.md); followed while the server runs; empty: no queues, a person is called at person.uri',
    '',
  ),
  webhook_url: text(
    'address that the record of a contact is posted to when it enters a queue, is answered, passed on or wrapped up, for external contact centres; signed (docs/queues.md); empty: none',
    '',
  ),
  webhook_secret_file: text('file with the secret that those messages are signed with', ''),
});

export const registrarKeys = section({
  users_file: text(
    'file of the accounts that may register a telephone (`tellerline telephones add` writes it); read again when it changes; empty: no registrar',
    '',
  ),
  domain: text('SIP domain and realm of those telephones: NAME is called at sip:NAME@DOMAIN', ''),
  contacts: whole('telephones that one name may have registered at the same time', 5, 1, 100),
  min_seconds: whole('shortest time for which a telephone may register (a shorter one is answered 423)', 60, 1, 3_600),
  max_seconds: whole('longest time for which a telephone is registered', 3_600, 60, 86_400),
});
