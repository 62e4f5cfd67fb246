import { channelHeaders, type EventBasics, variableHeaders } from './channel-headers.ts';
import { plainEvent } from './event-text.ts';
import type { Leg } from './leg.ts';
import { separateString } from './separate-string.ts';
import type { Violations } from './violations.ts';

/** What `api` commands look at. */
export interface ApiWorld {
  readonly basics: EventBasics;
  readonly violations: Violations;
  readonly sip: { readonly host: string; readonly port: number };
  readonly startedAt: number;
  readonly sessionsSinceStart: number;
  readonly leg: (uuid: string) => Leg | undefined;
  /** It lived once: a command that comes too late for it is nobody's fault. */
  readonly wasLeg: (uuid: string) => boolean;
  readonly legs: () => readonly Leg[];
}

const RULE = '='.repeat(97);

/** Runs one, and says what FreeSWITCH would have answered. Answers that begin with `-` are violations, except races. */
export function runApi(command: string, world: ApiWorld): string {
  const [name = '', ...rest] = command.split(' ');
  const args = command.slice(name.length + 1);
  const [uuid = ''] = rest;
  const leg = world.leg(uuid);
  const { violations } = world;
  const refuse = (answer: string): string => {
    if (!world.wasLeg(uuid)) violations.add(`api ${command}: answered ${answer.trim()}`);
    return answer;
  };
  switch (name) {
    case 'sofia':
      if (args === 'status') return sofiaStatus(world);
      violations.noCapture(`api ${command}`);
      return '-ERR no capture\n';
    case 'status':
      return status(world);
    case 'uuid_set_media_stats':
      // captures main, H2
      if (leg === undefined) return refuse('-ERR No such channel!\n');
      leg.setMediaStatistics();
      return '+OK:\n';
    case 'uuid_dump':
      return leg === undefined ? refuse('-ERR No such channel!\n') : dump(leg, world.basics);
    case 'uuid_break':
      // capture main; mod_commands.c break_function: +OK whether it played or not
      if (rest.length > 1) violations.noCapture(`api ${command}`);
      if (leg === undefined) return refuse('-ERR No such channel!\n');
      leg.breakPlayback();
      return '+OK\n';
    case 'uuid_bridge':
      return bridge(rest, world, refuse);
    case 'uuid_transfer':
      // mod_commands.c transfer_function; the wire has no capture, what is heard has: tones-B
      if (leg === undefined) return refuse('-ERR No such channel!\n');
      if (rest.slice(1).join(' ') !== '-both park inline') violations.noCapture(`api ${command}`);
      leg.unbridge();
      return '+OK\n';
    case 'uuid_audio_fork':
      return audioFork(args, world, refuse);
    case 'uuid_exists':
      // mod_commands.c uuid_exists_function; no capture
      return leg === undefined ? 'false' : 'true';
    case 'uuid_kill': {
      // mod_commands.c kill_function; no capture
      if (leg === undefined) return refuse('-ERR No such channel!\n');
      const cause = rest[1] ?? 'NORMAL_CLEARING';
      leg.soon(() => leg.hangUp(cause, true));
      return '+OK\n';
    }
    case 'uuid_setvar': {
      // mod_commands.c uuid_setvar_function; no capture
      const [, variable = '', value = ''] = separateString(args, 3);
      if (leg === undefined) return refuse('-ERR No such channel!\n');
      if (variable === '') return refuse('-ERR No variable specified\n');
      if (value === '') leg.variables.delete(variable);
      else leg.variables.set(variable, value);
      return '+OK\n';
    }
    case 'uuid_getvar': {
      // mod_commands.c uuid_getvar_function; no capture
      const [, variable = ''] = separateString(args, 4);
      if (leg === undefined) return refuse('-ERR No such channel!\n');
      if (variable === 'rtp_audio_in_packet_count') return String(leg.port.received);
      if (variable === 'rtp_audio_rtcp_packet_count') return String(leg.port.reports);
      return leg.variables.get(variable) ?? '_undef_';
    }
    case 'uuid_send_dtmf': {
      // mod_commands.c uuid_send_dtmf_function; no capture. `@` gives milliseconds
      const [, digits = ''] = separateString(args, 2);
      if (leg === undefined) return refuse('-ERR Cannot locate session!\n');
      leg.port.press(digits.replace(/@.*$/, ''), Number(/@(\d+)$/.exec(digits)?.[1] ?? 250) * 8);
      return `+OK ${uuid} sent DTMF ${digits}.\n`;
    }
    case 'show':
      return show(rest, world);
    default:
      violations.noCapture(`api ${command}`);
      return `-ERR ${name} Command not found!\n`;
  }
}

type Refuse = (answer: string) => string;

/** Captures bridge, death-fs; mod_commands.c uuid_bridge_function. */
function bridge([a = '', b = '', ...more]: readonly string[], world: ApiWorld, refuse: Refuse): string {
  const first = world.leg(a);
  const second = world.leg(b);
  if (more.length > 0) world.violations.noCapture('uuid_bridge with a third leg');
  if (first === undefined || second === undefined || first === second)
    return world.wasLeg(b) ? '-ERR Invalid uuid\n' : refuse('-ERR Invalid uuid\n');
  for (const leg of [first, second]) {
    if (leg.partner !== undefined) world.violations.noCapture('uuid_bridge of a leg that is bridged');
    if (leg.playing !== undefined) world.violations.noCapture('uuid_bridge of a leg that plays');
  }
  first.bridge(second);
  return `+OK ${b}\n`;
}

/** mod_audio_fork.c fork_function; captures main, A, bridge, ws-misc. */
function audioFork(args: string, world: ApiWorld, refuse: Refuse): string {
  const argv = separateString(args, 10);
  const [uuid = '', action = ''] = argv;
  const failed = '-ERR Operation Failed\n';
  const leg = world.leg(uuid);
  const fail = (): string => {
    if (world.wasLeg(uuid) && leg === undefined) return failed;
    world.violations.add(`api uuid_audio_fork ${args}: answered ${failed.trim()}`);
    return failed;
  };
  if (leg === undefined) return world.wasLeg(uuid) ? failed : refuse(failed);
  if (action === 'start') return startFork(argv, leg, world.violations, fail);
  if (action !== 'stop' && action !== 'send_text') {
    world.violations.noCapture(`uuid_audio_fork ${action}`);
    return failed;
  }
  const [, , third, fourth] = argv;
  const isText = third !== undefined && /^[{[]/.test(third) && fourth === undefined;
  const bugname = isText || third === undefined ? 'audio_fork' : third;
  const text = isText ? third : fourth;
  if (action === 'stop') return leg.stopFork(bugname, text) ? '+OK Success\n' : fail();
  const fork = leg.forks.get(bugname);
  if (fork === undefined) return fail();
  if (text !== undefined) fork.sendText(text);
  return '+OK Success\n';
}

function startFork(argv: readonly string[], leg: Leg, violations: Violations, fail: () => string): string {
  const [, , url = '', mix = '', rate = '', bug = '', metadata = '', enabled, streaming, sampleRate] = argv;
  // with ten arguments an empty name means the module's own; with fewer it stays empty, and no stop finds it
  const bugname = argv.length > 9 && bug === '' ? 'audio_fork' : bug;
  const streams = argv.length > 9 && enabled === 'true' && streaming === 'true' && Number(sampleRate) > 0;
  if (mix !== 'mono' && mix !== 'stereo') {
    violations.noCapture(`fork of mix type ${mix}`);
    return fail();
  }
  if (rate !== '8000') violations.noCapture(`fork at ${rate} Hz`);
  if (streams && sampleRate !== '8000') violations.noCapture(`bot audio at ${sampleRate} Hz`);
  if (!/^ws:\/\/[^/:]+(:\d+)?(\/|$)/.test(url)) violations.noCapture('fork to an address that is not ws://');
  if (bug === '') violations.add('a fork without a bugname: its stop and its texts would fail');
  // MAX_METADATA_LEN
  if (Buffer.byteLength(metadata) >= 8192) violations.add('metadata of 8192 bytes or more is cut off');
  const begun = leg.startFork({
    bugname,
    url,
    mix,
    metadata: Buffer.from(metadata).subarray(0, 8192).toString(),
    streaming: streams,
    username: leg.variables.get('MOD_AUDIO_BASIC_AUTH_USERNAME'),
    password: leg.variables.get('MOD_AUDIO_BASIC_AUTH_PASSWORD'),
  });
  return begun ? '+OK Success\n' : fail();
}

/** Capture esl-inbound-main. */
const sofiaStatus = ({ sip, legs }: ApiWorld): string =>
  `                     Name\t   Type\t                                      Data\tState\n${RULE}\n${'drachtio_mrf'.padStart(25)}\tprofile\t${`sip:mod_sofia@${sip.host}:${sip.port}`.padStart(42)}\tRUNNING (${legs().length})\n${RULE}\n1 profile 0 aliases\n`;

/** Capture esl-inbound-death-fs. */
function status({ startedAt, sessionsSinceStart, legs }: ApiWorld): string {
  const up = Date.now() - startedAt;
  return `UP 0 years, 0 days, 0 hours, ${Math.floor(up / 60_000)} minutes, ${Math.floor(up / 1000) % 60} seconds, ${up % 1000} milliseconds, 526 microseconds
FreeSWITCH (Version 1.10.12-release git a88d069 2024-08-02 21:02:27Z 64bit) is ready
${sessionsSinceStart} session(s) since startup
${legs().length} session(s) - peak ${legs().length}, last 5min ${legs().length}${' '}
0 session(s) per Sec out of max 200, peak 0, last 5min 0${' '}
2000 session(s) max
min idle cpu 0.00/99.30
Current Stack Size/Max 240K/8192K
`;
}

/** Captures main, H2. */
const dump = (leg: Leg, basics: EventBasics): string => {
  const facts = leg.facts();
  return plainEvent([
    ...basics.headers('CHANNEL_DATA', ['mod_commands.c', 'uuid_dump_function', 6468]),
    ...channelHeaders(facts),
    ...variableHeaders(facts),
  ]);
};

/** switch_core_sqldb.c create_channels_sql: the columns in their order; mod_commands.c show_function. No capture. */
const COLUMNS =
  'uuid,direction,created,created_epoch,name,state,cid_name,cid_num,ip_addr,dest,application,application_data,dialplan,context,read_codec,read_rate,read_bit_rate,write_codec,write_rate,write_bit_rate,secure,hostname,presence_id,presence_data,accountcode,callstate,callee_name,callee_num,callee_direction,call_uuid,sent_callee_name,sent_callee_num,initial_cid_name,initial_cid_num,initial_ip_addr,initial_dest,initial_dialplan,initial_context'.split(
    ',',
  );

function show(words: readonly string[], { legs, violations }: ApiWorld): string {
  const asked = words.join(' ');
  const rows = legs().map((leg) => {
    const facts = leg.facts();
    const known: Readonly<Record<string, string>> = {
      uuid: facts.uuid,
      direction: 'inbound',
      created: new Date(facts.times.created / 1000).toISOString().slice(0, 19).replace('T', ' '),
      created_epoch: String(Math.floor(facts.times.created / 1e6)),
      name: facts.name,
      state: facts.state,
      cid_name: leg.origin.fromUser === '' ? 'unknown' : leg.origin.fromUser,
      // of From, as the real server showed it
      cid_num: leg.origin.fromUser,
      ip_addr: '127.0.0.1',
      dest: 'drachtio',
      application: 'socket',
      application_data: `${leg.origin.eslOutbound} async full`,
      dialplan: 'XML',
      context: 'mrf',
      read_codec: facts.codec,
      read_rate: '8000',
      read_bit_rate: '64000',
      write_codec: facts.codec,
      write_rate: '8000',
      write_bit_rate: '64000',
      hostname: 'fs-loop',
      callstate: facts.callState,
      initial_cid_name: facts.caller?.display ?? facts.caller?.user ?? 'unknown',
      initial_cid_num: facts.caller?.user ?? '',
      initial_ip_addr: '127.0.0.1',
      initial_dest: 'drachtio',
      initial_dialplan: 'XML',
      initial_context: 'mrf',
    };
    return Object.fromEntries(COLUMNS.map((column) => [column, known[column] ?? '']));
  });
  if (asked === 'channels count') return `\n${rows.length} total.\n`;
  if (asked === 'channels as json')
    return rows.length === 0 ? '{"row_count": 0}\n' : JSON.stringify({ row_count: rows.length, rows });
  if (asked !== 'channels') {
    violations.noCapture(`api show ${asked}`);
    return '-ERR no capture\n';
  }
  const table =
    rows.length === 0 ? '' : `${[COLUMNS, ...rows.map(Object.values)].map((row) => row.join(',')).join('\n')}\n`;
  return `${table}\n${rows.length} total.\n`;
}
