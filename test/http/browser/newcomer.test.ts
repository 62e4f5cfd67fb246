import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { browserUser } from '../../../src/domain/browser-user.ts';
import type { CallEvent } from '../../../src/domain/call-event.ts';
import type { CallSummary } from '../../../src/domain/call-summary.ts';
import { newContactId } from '../../../src/domain/ids.ts';
import { wallMs } from '../../../src/domain/units.ts';
import { openTestConsole, type TestConsole } from '../../support/console.ts';
import { recordingRow } from '../../support/memory-recordings.ts';
import { newStage, type Stage } from './stage.ts';

/* What the page for newcomers asks. */

const RECORDING = recordingRow(0).id;
const RESTRICTED = recordingRow(5).id;
let stage: Stage;
let bank: TestConsole;
beforeEach(async () => {
  stage = newStage();
  bank = await openTestConsole({ browsers: stage.browsers });
});
afterEach(() => bank[Symbol.asyncDispose]());

const ask = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Response> =>
  fetch(`${bank.web.address}/api/newcomer${path}`, {
    method,
    headers: { connection: 'close', 'x-tellerline-console': '1', ...headers },
  });

interface Newcomer {
  readonly token: string;
  readonly cookie: string;
  readonly uri: string;
  /** As calls have it as their caller. */
  readonly caller: string;
}

async function newNewcomer(had = ''): Promise<Newcomer> {
  const reply = await ask('/telephone', had === '' ? {} : { cookie: had }, 'POST');
  expect(reply.status).toBe(200);
  const [cookie = ''] = (reply.headers.get('set-cookie') ?? '').split(';');
  const { uri, authorization_user: name } = (await reply.json()) as { uri: string; authorization_user: string };
  return { token: cookie.split('=')[1] ?? '', cookie, uri, caller: browserUser(name) };
}

const newCall = (from: string, more: Partial<CallSummary> = {}): CallSummary => ({
  contact: newContactId(1_700_000_000_000),
  live: false,
  offered_at: 1,
  answered_at: 2,
  ended_at: 3,
  from,
  to: 'bank',
  because: null,
  duration_ms: null,
  recording: RECORDING,
  dialplan: 'bank-hotline@1',
  ...more,
});

test('the address of a newcomer does not tell the token that opens its recordings', async () => {
  const first = await newNewcomer();
  expect(first.token).toMatch(/^[a-z]{20}$/);
  expect(first.uri).toMatch(/^sip:newcomer-[a-z]{20}@/);
  expect(first.uri).not.toContain(first.token);
  expect((await newNewcomer(first.cookie)).uri).toBe(first.uri);
  expect((await newNewcomer()).uri).not.toBe(first.uri);
  const own = newCall(first.caller);
  stage.calls.push(own);
  expect((await ask(`/recordings/${own.contact}`, { cookie: first.cookie })).status).toBe(200);
  // what stands in the journal is no token
  const read = first.caller.replace(/^.*-/, '');
  expect((await ask(`/recordings/${own.contact}`, { cookie: `tellerline-newcomer=${read}` })).status).toBe(404);
});

test('a recording is sent by ranges, as players ask for it', async () => {
  const { caller, cookie } = await newNewcomer();
  const call = newCall(caller);
  stage.calls.push(call);
  const path = `/recordings/${call.contact}/audio.wav`;
  const whole = await ask(path, { cookie });
  expect([whole.status, whole.headers.get('accept-ranges')]).toEqual([200, 'bytes']);
  const bytes = new Uint8Array(await whole.arrayBuffer());
  const part = await ask(path, { cookie, range: 'bytes=0-1' });
  expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 0-1/${bytes.length}`]);
  expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(0, 2));
  expect((await ask(path, { cookie, range: `bytes=${bytes.length}-` })).status).toBe(416);
});

test('a restricted recording is not played to its caller either', async () => {
  const { caller, cookie } = await newNewcomer();
  const call = newCall(caller, { recording: RESTRICTED });
  stage.calls.push(call);
  expect((await ask(`/recordings/${call.contact}/audio.wav`, { cookie })).status).toBe(403);
});

test.each(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port', 'forwarded', 'via'])(
  'whoever comes through a proxy is nobody on this machine: %s',
  async (header) => {
    expect((await ask('')).status).toBe(200);
    expect((await ask('', { [header]: 'http' })).status).toBe(403);
  },
);

test('a page that lost its connection hears the call that it has, and no other', async () => {
  const { caller, cookie } = await newNewcomer();
  const [own, other] = [newContactId(1_700_000_000_000), newContactId(1_700_000_000_001)];
  stage.calls.push(newCall(caller, { contact: own, live: true }), newCall('somebody', { contact: other, live: true }));
  const events = await listen('/events', cookie);
  for (const contact of [other, own]) {
    const event: CallEvent = { v: 1, contact, seq: 2, at: wallMs(1), t_ms: 1, type: 'trouble', code: 'X', where: 'y' };
    for (const listener of stage.listeners) listener(event);
  }
  const heard = await events.first();
  expect(heard).toContain(own);
  expect(heard).not.toContain(other);
  events.close();
});

interface Listening {
  /** The text up to the first event. */
  first(): Promise<string>;
  close(): void;
}

async function listen(path: string, cookie: string): Promise<Listening> {
  const asked = get(`${bank.web.address}/api/newcomer${path}`, { headers: { cookie }, agent: false });
  const [reply] = (await once(asked, 'response')) as [IncomingMessage];
  expect(reply.statusCode).toBe(200);
  reply.setEncoding('utf8');
  let text = '';
  return {
    async first() {
      for await (const piece of reply) {
        text += piece as string;
        if (text.includes('data:')) break;
      }
      return text;
    },
    close: () => asked.destroy(),
  };
}
