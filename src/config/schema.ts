import type { Static } from 'typebox';
import { archiveKeys } from './archive-keys.ts';
import { bankKeys, secondFactorKeys } from './bank-keys.ts';
import { choice, flag, port, section, text, whole } from './key-types.ts';
import { rtpKeys } from './rtp-keys.ts';
import { queuesKeys, registrarKeys, routingKeys, sipKeys, trunksKeys } from './sip-keys.ts';

import { webrtcKeys } from './webrtc-keys.ts';

/* Every key of the configuration, with its default and what it means. `tellerline config` prints this. */

export const ConfigSchema = section({
  signalling: section({
    kind: choice('the SIP server: the embedded one, or drachtio-server', 'embedded', ['embedded', 'drachtio']),
    servers: text('control addresses of the drachtio-servers, host:port, separated by commas', '127.0.0.1:9022'),
    secret: text('secret of their control connections; better in a file (secret_file)', ''),
    secret_file: text('file with that secret', ''),
    listen: text(
      'host:port where drachtio-servers connect to us call by call (outbound connections); empty: we connect to them only',
      '',
    ),
    listen_allow: text('IP addresses that may connect there, separated by commas: the secret is sent to them', ''),
    ledger: text(
      'file that lists the active SIP dialogs (addresses and numbers of both ends), so that the next start can hang up those that a crash left behind; empty: none',
      'var/dialogs',
    ),
    tags: text('tags by which drachtio-servers route calls to us, separated by commas; empty: all calls', ''),
  }),
  media: section({
    kind: choice('the media server: the embedded one, or FreeSWITCH', 'embedded', ['embedded', 'freeswitch']),
    servers: text(
      'event sockets of the FreeSWITCH servers, host:port, separated by commas; host:port*3 gives a server three times as many calls',
      '127.0.0.1:8021',
    ),
    secret: text('password of their event sockets; better in a file (secret_file)', ''),
    secret_file: text('file with that password', ''),
    profile: text('SIP profile of FreeSWITCH that carries our legs', 'drachtio_mrf'),
    node: text(
      'name of this node, unique among the nodes of these FreeSWITCH servers and stable across restarts; empty: made of the host name, media.listen_host and listen_port',
      '',
    ),
    listen_host: text('address that FreeSWITCH connects back to for each leg (outbound event socket)', '127.0.0.1'),
    listen_port: port('port for the first FreeSWITCH server; each further server uses the next port', 8085),
    advertise: text(
      'address at which FreeSWITCH reaches us, for event sockets and audio; empty: the addresses listened on',
      '',
    ),
    fork_host: text('address of the WebSocket server that FreeSWITCH sends the audio to', '127.0.0.1'),
    fork_port_min: whole(
      'first port of the range for audio forks, one port per media worker; with both at 0, any free port',
      0,
      0,
      65_535,
    ),
    fork_port_max: whole('last port of that range', 0, 0, 65_535),
  }),
  sip: sipKeys,
  trunks: trunksKeys,
  routing: routingKeys,
  queues: queuesKeys,
  registrar: registrarKeys,
  rtp: rtpKeys,
  webrtc: webrtcKeys,
  speech: section({
    voice: text(
      'voice of the prompts if the dialplan names none; voices of neural-voice: hibari, hibari-low, hibari-high',
      'hibari',
    ),
    synthesizer: choice(
      'the synthesizer for English; other languages are put together from recordings (speech.recordings) or spoken by espeak-ng, if it is installed',
      'neural-voice',
      ['neural-voice', 'espeak-ng'],
    ),
    recognizer: choice('the recognizer, for English and Mandarin; none: callers use the keys', 'whisper', [
      'whisper',
      'none',
    ]),
    recognizers: whole('utterances that the recognizer process decodes concurrently', 2, 1, 64),
    recognizer_threads: whole(
      'threads of the recognizer process; more than one helps only if there are idle cores',
      1,
      1,
      64,
    ),
    queue_limit: whole(
      'utterances that may wait for the recognizer; beyond that, callers are asked to use the keys',
      16,
      1,
      10_000,
    ),
    check_voices: choice(
      'whether the recognizer checks the voice of its language at the first start; a voice that it does not understand is not used',
      'on',
      ['on', 'off'],
    ),
    voice_activity_detection: flag('whether to listen for speech at all', true),
    speculate_after_ms: whole('silence after which decoding starts although the caller may continue', 224, 100, 2_000),
    deadline_ms: whole('a transcript that takes longer than this counts as not understood', 4_000, 500, 60_000),
    recordings: text(
      'folder of prompts that were recorded ahead for languages without a voice (npm run record-prompts); empty: none',
      'dialplans/recordings',
    ),
    cache: text(
      'cache folder for what is computed from dialplans: synthesised static prompts and intents learnt from examples',
      'var/prompts',
    ),
  }),
  dialplan: section({
    file: text('the dialplan that answers calls', 'dialplans/bank-hotline.yaml'),
    grammars: text('folder of the grammars that dialplans name', 'grammars'),
  }),
  bank: bankKeys,
  second_factor: secondFactorKeys,
  person: section({
    uri: text(
      'SIP address to which callers are transferred, such as sip:agents@10.0.0.5:5060, or a number such as tel:+861055550100, which leaves by the routes of routing.file; empty: nobody',
      '',
    ),
    refer_to: text(
      'domains, IP addresses and networks that a person may hand callers over to (REFER), separated by commas, besides the host of person.uri; off: nobody',
      '',
    ),
    method: choice(
      'bridge: we call the person, join both and keep recording; refer: the caller is sent there (REFER) and leaves this server',
      'bridge',
      ['bridge', 'refer'],
    ),
  }),
  recordings: section({
    directory: text('where recordings are written', 'recordings'),
    on_failure: choice('what to do with a call that cannot be recorded', 'refuse', ['refuse', 'continue']),
    spill: text(
      'folder on another disk that takes the audio of calls in progress when the disk of recordings.directory fails; empty: the audio waits in memory',
      '',
    ),
    unsynced_ms: whole(
      'when the audio of a call has not reached a disk for this long, recordings.on_unsynced applies',
      10_000,
      1_000,
      600_000,
    ),
    on_unsynced: choice(
      'what happens to such a call. end: the caller hears an apology and the call ends; announce: the caller is told and the call continues; continue: the call continues',
      'end',
      ['end', 'announce', 'continue'],
    ),
    pause_seconds: whole(
      'longest pause of a recording; an agent pauses it while the customer says what must not be kept, and recording resumes by itself after this time',
      60,
      5,
      600,
    ),
    pauses_seconds: whole(
      'longest total of all pauses in one call; after that the call is recorded to its end. At least recordings.pause_seconds',
      300,
      5,
      3_600,
    ),
    retention_class: text('retention class that each manifest carries', 'customer-call'),
    retention_policy: text('name of the policy behind it', 'bank-default'),
    retention_policy_version: whole('version of that policy', 1, 1, 1_000_000),
    retention_years: whole('years until retain_until', 5, 1, 100),
  }),
  archive: archiveKeys,
  storage: section({
    file: text(
      'SQLite database of the journal and the list of calls; with storage.url, the local files of this node are named after it',
      'var/tellerline.sqlite',
    ),
    url: text(
      'PostgreSQL instead of SQLite, postgres://user@host:5432/database; several nodes may share one; empty: SQLite',
      '',
    ),
    password_file: text('file with the password of that database', ''),
    ca_file: text(
      'PEM file of the authority that signed the server’s certificate (TLS is verified, except on the loopback); empty: those that Node.js trusts',
      '',
    ),
    connections: whole('concurrent connections to that database', 10, 2, 1_000),
    node: text(
      'name of this node, unique among those that write the database and stable across restarts; empty: the host name',
      '',
    ),
  }),
  http: section({
    host: text('address of the web server', '127.0.0.1'),
    port: port('port of the web server', 8080),
    probe_port: whole(
      'port that answers only /healthz and /readyz, for orchestrators: clients of http.port do not affect it; 0: none',
      0,
      0,
      65_535,
    ),
    token_file: text('file with the bearer token of the API; created at the first start', 'var/http-token'),
    docs: choice('who may read the API’s description at /docs: clients with the token, or everyone', 'token', [
      'token',
      'open',
    ]),
    trusted: text(
      'IP addresses and networks that are not limited per address (your orchestrator and monitoring), separated by commas',
      '127.0.0.0/8, ::1',
    ),
    trust_proxy: text(
      'IP addresses and networks of your reverse proxies, separated by commas: the address that they forward is used, never their own; empty: no proxy',
      '',
    ),
    tls: section({
      certificate: text(
        'PEM file with the web server’s certificate chain; read again when it changes; empty: plain HTTP, and the console is available on this machine only',
        '',
      ),
      key: text('PEM file with the private key of that certificate', ''),
    }),
    connections_per_address: whole('concurrent connections per address', 32, 1, 384),
  }),
  staff: section({
    key_file: text('file with the key that encrypts the second factors; created at the first start', 'var/staff-key'),
    idle_minutes: whole('minutes of inactivity after which a console session ends', 15, 1, 480),
    session_hours: whole('hours after which a console session ends in any case', 10, 1, 24),
    sample_percent: whole('percentage of recordings that quality inspectors may hear', 5, 0, 100),
  }),
  limits: section({
    calls: whole('concurrent calls; further calls are answered 503 with Retry-After', 200, 1, 100_000),
    event_loop_lag_ms: whole(
      'new calls are refused while the main thread or the SIP thread lags more than this',
      250,
      10,
      60_000,
    ),
    drain_ms: whole(
      'time that calls in progress have to end, after a spoken goodbye, when the server is stopped',
      20_000,
      0,
      3_600_000,
    ),
  }),
  log: section({
    level: choice('lowest level logged to standard error', 'info', ['debug', 'info', 'warn', 'error', 'silent']),
  }),
});

export type Config = Static<typeof ConfigSchema>;
