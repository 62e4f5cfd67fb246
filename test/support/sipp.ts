import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasPeer } from './peers.ts';

export const sippMissing = !hasPeer('sipp');

/** A UDP port that was free a moment ago: a callee's address must be known before it starts. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

export interface SippResult {
  /** 0: every call went as the scenario says. */
  readonly status: number | null;
  /** What it sent and received. */
  readonly messages: string;
  readonly errors: string;
}

export interface Sipp extends AsyncDisposable {
  readonly done: Promise<SippResult>;
  kill(): void;
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

/** SIPp says nowhere that it has opened its port: waits until something takes TCP connections there. */
export async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1');
    const up = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (up) return;
    await delay(20);
  }
  throw new Error(`SIPp does not listen at port ${port}`);
}

/**
 * Runs SIPp against, or as, a far end, in a folder of its own. It ends by itself within `timeout`.
 *
 * @param scenario - the XML between the scenario tags, or the name of one of its own
 * @param options - `timeout` in seconds; `behaviours`: what it does of itself with what it does not expect (`-default_behaviors`)
 */
export function sipp(
  scenario: string | { readonly builtIn: 'uac' | 'uas' },
  args: readonly string[],
  options: { calls?: number; timeout?: number; behaviours?: 'none' | 'all' } = {},
): Sipp {
  const folder = mkdtempSync(join(tmpdir(), 'sipp-'));
  const file = join(folder, 'scenario.xml');
  if (typeof scenario === 'string')
    writeFileSync(
      file,
      `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="test">\n${scenario}\n</scenario>\n`,
    );
  const messages = join(folder, 'messages.log');
  const errors = join(folder, 'errors.log');
  const child: ChildProcess = spawn(
    'sipp',
    [
      ...(typeof scenario === 'string' ? ['-sf', file] : ['-sn', scenario.builtIn]),
      '-i',
      '127.0.0.1',
      '-m',
      String(options.calls ?? 1),
      '-nostdin',
      '-trace_msg',
      '-message_file',
      messages,
      '-trace_err',
      '-error_file',
      errors,
      '-timeout',
      String(options.timeout ?? 8),
      '-timeout_error',
      '-default_behaviors',
      options.behaviours ?? 'none',
      ...args,
    ],
    { cwd: folder, stdio: 'ignore' },
  );
  const done = new Promise<SippResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => {
      const result = { status, messages: read(messages), errors: read(errors) };
      rmSync(folder, { recursive: true, force: true });
      if (process.env['SIPP_DEBUG'] !== undefined) console.log(result.status, result.errors, result.messages);
      resolve(result);
    });
  });
  const kill = (): void => void child.kill('SIGKILL');
  return {
    done,
    kill,
    async [Symbol.asyncDispose]() {
      kill();
      await done.catch(() => undefined);
    },
  };
}

export const SDP = `v=0
o=user1 53655765 2353687637 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 16160 RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=sendrecv
`;

const head = (from: string, to: string, cseq: number, method: string, extra: readonly string[]): string =>
  [
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
    from,
    to,
    'Call-ID: [call_id]',
    `CSeq: ${cseq} ${method}`,
    'Contact: <sip:caller@[local_ip]:[local_port];transport=[transport]>',
    'Max-Forwards: 70',
    ...extra,
  ].join('\n');

const FROM = 'From: "Caller" <sip:+15551234@[local_ip]:[local_port]>;tag=[pid]T[call_number]';
const TO = 'To: <sip:bank@[remote_ip]:[remote_port]>';

const body = (text: string): string =>
  text === '' ? 'Content-Length: 0\n\n' : `Content-Type: application/sdp\nContent-Length: [len]\n\n${text}`;

const send = (message: string, attributes = ''): string => `<send ${attributes}><![CDATA[\n\n${message}\n]]></send>`;

/** Steps of a caller's scenario. */
export const caller = {
  invite: (sdp: string = SDP, extra: readonly string[] = [], attributes = 'retrans="500"'): string =>
    send(
      `INVITE sip:bank@[remote_ip]:[remote_port] SIP/2.0\n${head(FROM, TO, 1, 'INVITE', extra)}\n${body(sdp)}`,
      attributes,
    ),
  request: (
    method: string,
    cseq: number,
    options: { content?: string; type?: string; extra?: readonly string[]; attributes?: string } = {},
  ): string => {
    const content =
      options.content === undefined
        ? 'Content-Length: 0\n\n'
        : `Content-Type: ${options.type ?? 'application/sdp'}\nContent-Length: [len]\n\n${options.content}`;
    const message = `${method} [next_url] SIP/2.0\n${head(FROM, `${TO}[peer_tag_param]`, cseq, method, options.extra ?? [])}\n${content}`;
    return send(message, options.attributes ?? (method === 'ACK' ? '' : 'retrans="500"'));
  },
  cancel: send(
    `CANCEL sip:bank@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
${FROM}
${TO}
Call-ID: [call_id]
CSeq: 1 CANCEL
Max-Forwards: 70
Content-Length: 0

`,
    'retrans="500"',
  ),
  /** The ACK of a failure: in the INVITE's transaction. */
  ackFailure: send(`ACK sip:bank@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
${FROM}
${TO}[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

`),
} as const;

export const expectStatus = (status: number, attributes = ''): string => `<recv response="${status}" ${attributes}/>`;
/** The first response inside a dialog: sipp learns Contact and routes. */
export const answered = '<recv response="200" rtd="true" rrs="true"/>';
export const optional = (status: number): string => `<recv response="${status}" optional="true"/>`;
export const expectRequest = (method: string): string => `<recv request="${method}"/>`;
export const pause = (ms: number): string => `<pause milliseconds="${ms}"/>`;

const callee = (status: string, extra: string, text: string): string =>
  send(`SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]A[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:agent@[local_ip]:[local_port];transport=[transport]>
${extra}${body(text)}`);

/** Steps of a callee's scenario. */
export const answer = {
  ringing: callee('180 Ringing', '', ''),
  ok: (text: string = SDP): string => callee('200 OK', '', text).replace('<send ', '<send retrans="500" '),
  fail: (status: string): string => callee(status, '', ''),
  /** 200 to a request inside the dialog, whose To has a tag. */
  inside: (status = '200 OK'): string =>
    send(`SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:agent@[local_ip]:[local_port];transport=[transport]>
Content-Length: 0

`),
} as const;

/** The 200 that a caller's scenario sends to our BYE. */
export const okToBye = answer.inside();
export const acceptRequests = '<recv request="INVITE" crlf="true" rrs="true"/>';

export const steps = (...all: readonly string[]): string => all.join('\n');
/** An action of SIPp's own: media. */
export const exec = (action: string): string => `<nop><action><exec ${action}/></action></nop>`;
/** Dials, is answered, acknowledges. */
export const dialled = (sdp?: string): string =>
  steps(caller.invite(sdp), optional(100), answered, caller.request('ACK', 1));
export const hangUp = (cseq: number): string => steps(caller.request('BYE', cseq), expectStatus(200));
export const hungUpOn = steps(expectRequest('BYE'), okToBye);

/** A description whose audio port is SIPp's own. */
export const sdpOf = (formats: string, ...attributes: readonly string[]): string =>
  `${[
    'v=0',
    'o=sipp 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio [media_port] RTP/AVP ${formats}`,
    ...attributes,
  ].join('\n')}\n`;

/** Its Call-IDs begin with `name`: they tell a test's calls from the others'. */
export const named = (name: string): readonly string[] => ['-cid_str', `${name}-%u-%p@%s`];

/** Our responses to one request ('1 INVITE') of the only call in its message log. */
export const responsesTo = (messages: string, cseq: string): string[] =>
  messages
    .replaceAll('\r', '')
    .split(/^-{20,}.*$/m)
    .filter((one) => /^SIP\/2\.0 /m.test(one) && one.includes(`CSeq: ${cseq}\n`));
