import { type Static, Type } from 'typebox';
import { CODEC_NAMES } from '../domain/codec.ts';

/* Every key of the configuration, with its default and what it means. `tellerline config` prints this. */

const text = (description: string, value: string, extra: object = {}) =>
  Type.String({ description, default: value, ...extra });
const whole = (description: string, value: number, minimum: number, maximum: number) =>
  Type.Integer({ description, default: value, minimum, maximum });
const flag = (description: string, value: boolean) => Type.Boolean({ description, default: value });
const choice = <const T extends string[]>(description: string, value: T[number], values: [...T]) =>
  Type.Enum(values, { description, default: value });
const section = <T extends Parameters<typeof Type.Object>[0]>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });

const port = (description: string, value: number) => whole(`${description}; 0 picks a free port`, value, 0, 65_535);

export const ConfigSchema = section({
  signalling: section({
    kind: choice('whose SIP: our own, or that of drachtio-server', 'embedded', ['embedded', 'drachtio']),
    servers: text('control addresses of the drachtio-servers, host:port, several with commas', '127.0.0.1:9022'),
    secret: text('secret of their control connections; better in a file (secret_file)', ''),
    secret_file: text('file with that secret', ''),
    listen: text(
      'host:port where drachtio-servers connect to us call by call (outbound connections); empty: we connect to them only',
      '',
    ),
    listen_allow: text('IP addresses that may connect there, several with commas: they are told the secret', ''),
    ledger: text(
      'file of the SIP dialogs that are up (addresses and numbers of both ends), so that the next start can hang up on those which a crash left; empty: none',
      'var/dialogs',
    ),
    tags: text('tags that drachtio-servers route calls to us by, several with commas; empty: all calls', ''),
  }),
  media: section({
    kind: choice('whose media: our own RTP, or that of FreeSWITCH', 'embedded', ['embedded', 'freeswitch']),
    servers: text(
      'event sockets of the FreeSWITCH servers, host:port, several with commas; host:port*3 takes three times the calls',
      '127.0.0.1:8021',
    ),
    secret: text('password of their event sockets; better in a file (secret_file)', ''),
    secret_file: text('file with that password', ''),
    profile: text('SIP profile of theirs that our legs are made on', 'drachtio_mrf'),
    node: text(
      'name of this node towards FreeSWITCH, like no other node’s and the same after a restart; empty: of host name, media.listen_host and listen_port',
      '',
    ),
    listen_host: text('address that FreeSWITCH connects back to for each leg (outbound event socket)', '127.0.0.1'),
    listen_port: port('port of that for the first FreeSWITCH, one more for each further one', 8085),
    advertise: text('address that FreeSWITCH sees us at, for event sockets and audio; empty: those listened on', ''),
    fork_host: text('address of the WebSocket server that FreeSWITCH sends the audio to', '127.0.0.1'),
    fork_port_min: whole('first port of it, one per media worker; 0 with fork_port_max 0: any free', 0, 0, 65_535),
    fork_port_max: whole('last port of it', 0, 0, 65_535),
  }),
  sip: section({
    host: text('address the embedded SIP server listens on', '127.0.0.1'),
    port: port('UDP and TCP port of the SIP server', 5060),
    tcp: flag('also listen on TCP', true),
    advertise: text(
      'address to put into Contact and SDP where callers see another one (NAT); empty: the address listened on',
      '',
    ),
    setups_per_second: whole('new calls a second before the next are answered 503 with Retry-After', 200, 1, 100_000),
    trusted: text(
      'IP addresses and networks of your trunks, SBCs and proxies, several with commas: no shares by address hold for them, and who called is taken from their headers',
      '127.0.0.0/8, ::1',
    ),
    allow: text(
      'IP addresses and networks that may call besides the trusted ones, several with commas; empty: everybody',
      '',
    ),
    source_setups_per_second: whole(
      'new calls a second of one address that is not trusted, five seconds’ worth at once; the next are answered 503',
      2,
      1,
      10_000,
    ),
    source_pending: whole(
      'calls of one address that is not trusted which have no ACK yet; of all such addresses a quarter of limits.calls',
      4,
      1,
      10_000,
    ),
    ack_ms: whole(
      'how long an address that is not trusted may take to acknowledge our answer over UDP',
      5_000,
      500,
      32_000,
    ),
  }),
  rtp: section({
    host: text('address the media ports are bound to, named to callers unless sip.advertise is set', '127.0.0.1'),
    port_min: whole('first port of the media range (even); 0 with port_max 0: any free port', 20_000, 0, 65_534),
    port_max: whole('last port of the media range', 29_999, 0, 65_535),
    codecs: text(
      `codecs that are spoken, the most wanted first, with commas: ${CODEC_NAMES.join(', ')} (G.722, 7 kHz wide)`,
      'PCMU, PCMA',
    ),
    timeout_ms: whole('a call that is not on hold and sends no audio for this long is ended', 30_000, 1_000, 3_600_000),
    nat: choice(
      'whose RTP is taken besides that of the address and port that the caller announced: off: nobody’s; same-address: that of other ports of this address, or of the address that its SIP messages come from (NAT); any: anybody’s',
      'same-address',
      ['off', 'same-address', 'any'],
    ),
    workers: whole('media worker threads; 0: one less than there are cores, at least one', 0, 0, 256),
    inband_dtmf: flag('also find keys in the audio, for callers whose phone negotiated no telephone-event', true),
  }),
  speech: section({
    voice: text(
      'voice of the prompts where a dialplan names none; of the neural voice: hibari, hibari-low, hibari-high',
      'hibari',
    ),
    synthesizer: choice(
      'who speaks English; every other language is spoken by espeak-ng, where it is installed',
      'neural-voice',
      ['neural-voice', 'espeak-ng'],
    ),
    recognizer: choice('who listens, in English and Mandarin; none: callers use the keys', 'whisper', [
      'whisper',
      'none',
    ]),
    recognizers: whole('utterances that the recognizer process decodes at the same time, by turns', 2, 1, 64),
    recognizer_threads: whole('threads of that process; more than one pays only with idle cores', 1, 1, 64),
    queue_limit: whole(
      'utterances that may wait for a recognizer; beyond it callers are told to use the keys',
      16,
      1,
      10_000,
    ),
    check_voices: choice(
      'whether the recognizer of a language listens to its voice at the first start; a voice that it does not understand is not used',
      'on',
      ['on', 'off'],
    ),
    voice_activity_detection: flag('whether speech is listened for at all', true),
    speculate_after_ms: whole('silence after which decoding begins although the caller may go on', 224, 100, 2_000),
    deadline_ms: whole('a transcript later than this counts as not understood', 4_000, 500, 60_000),
    cache: text('folder of the synthesised static prompts', 'var/prompts'),
  }),
  dialplan: section({
    file: text('the dialplan that answers the line', 'dialplans/bank-hotline.yaml'),
    grammars: text('folder of the grammars that dialplans name', 'grammars'),
  }),
  person: section({
    uri: text('SIP address of the people that callers ask for, such as sip:agents@10.0.0.5:5060; empty: nobody', ''),
    method: choice(
      'bridge: we call the person, join both and go on recording; refer: the caller is sent there (REFER) and leaves us',
      'bridge',
      ['bridge', 'refer'],
    ),
  }),
  recordings: section({
    directory: text('where recordings are written', 'recordings'),
    on_failure: choice('what happens to a call that cannot be recorded', 'refuse', ['refuse', 'continue']),
    spill: text(
      'folder on another disk, where the audio of calls under way goes when the disk of recordings.directory fails; empty: it waits in memory',
      '',
    ),
    unsynced_ms: whole(
      'a call whose audio has not reached a disk for so long is lost to the recording: see recordings.on_unsynced',
      10_000,
      1_000,
      600_000,
    ),
    on_unsynced: choice(
      'what happens to such a call. end: it says so and hangs up; announce: it says so and goes on; continue: it goes on',
      'end',
      ['end', 'announce', 'continue'],
    ),
    retention_class: text('class that each manifest carries', 'customer-call'),
    retention_policy: text('name of the policy behind it', 'bank-default'),
    retention_policy_version: whole('version of that policy', 1, 1, 1_000_000),
    retention_years: whole('years until retain_until', 5, 1, 100),
  }),
  storage: section({
    file: text(
      'SQLite database of the journal and the list of calls; with storage.url what this node keeps by itself is named after it',
      'var/tellerline.sqlite',
    ),
    url: text(
      'PostgreSQL in place of SQLite, postgres://user@host:5432/database; several nodes may write one; empty: SQLite',
      '',
    ),
    password_file: text('file with the password of that database', ''),
    ca_file: text(
      'PEM file of the authority that signed its certificate (TLS is verified, except on the loopback); empty: those that Node.js trusts',
      '',
    ),
    connections: whole('connections to it at the same time', 10, 2, 1_000),
    node: text(
      'name of this node among those that write it, like no other node’s and the same after a restart; empty: the host name',
      '',
    ),
  }),
  http: section({
    host: text('address of the web server', '127.0.0.1'),
    port: port('port of the web server', 8080),
    probe_port: whole(
      'port that answers /healthz and /readyz alone, for orchestrators: strangers at http.port never reach it; 0: none',
      0,
      0,
      65_535,
    ),
    token_file: text('file with the bearer token of the API; made at the first start', 'var/http-token'),
    docs: choice('who sees the description of the API at /docs: whoever has the token, or everybody', 'token', [
      'token',
      'open',
    ]),
    trusted: text(
      'IP addresses and networks for which the limits by address do not hold (your orchestrator and monitoring), several with commas',
      '127.0.0.0/8, ::1',
    ),
    trust_proxy: text(
      'IP addresses and networks of your reverse proxies, several with commas: the address that they forward counts, never theirs; empty: no proxy',
      '',
    ),
    tls: section({
      certificate: text(
        'PEM file with the certificate of the web server and those between it and the root; read again when it changes; empty: plain HTTP, and the console on this machine alone',
        '',
      ),
      key: text('PEM file with its key', ''),
    }),
    connections_per_address: whole('connections at the same time that an address may have', 32, 1, 384),
  }),
  staff: section({
    key_file: text('file with the key that second factors are kept under; made at the first start', 'var/staff-key'),
    idle_minutes: whole('minutes without a request after which a session of the console ends', 15, 1, 480),
    session_hours: whole('hours after which it ends in any case', 10, 1, 24),
    sample_percent: whole('share of the recordings that quality inspection may hear', 5, 0, 100),
  }),
  limits: section({
    calls: whole('calls at the same time; the next are answered 503 with Retry-After', 200, 1, 100_000),
    event_loop_lag_ms: whole(
      'new calls are refused while the main thread or the SIP thread lags more than this',
      250,
      10,
      60_000,
    ),
    drain_ms: whole('how long calls may say goodbye when the server is told to stop', 20_000, 0, 3_600_000),
  }),
  log: section({
    level: choice('what is logged on standard error', 'info', ['debug', 'info', 'warn', 'error', 'silent']),
  }),
});

export type Config = Static<typeof ConfigSchema>;
