import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MULAW_TO_LINEAR } from '../../src/audio/g711.ts';
import { powerAt, shareAt } from '../../src/audio/goertzel.ts';
import { dtmfTone, tone } from '../../src/audio/tone.ts';
import { parseWav } from '../../src/audio/wav.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { type Caller, call, openCaller } from '../support/caller.ts';
import { sayWithFlite } from '../support/flite/say-with-flite.ts';
import { DIALPLANS, type ServerProcess, startServer } from '../support/server-process.ts';

/*
 * A secret goes into the whole server by every way that there is. Nothing that comes out of the server, while it runs
 * or afterwards, may hold it.
 */

const SECRET = '73091264';
/** However a dump, a list or a sentence might separate the digits. */
const SPREAD = new RegExp(SECRET.split('').join('[^0-9]{0,4}'));
const SPOKEN = 'seven three zero nine one two six four';

/** Where libraries put what nobody asked them for. */
const AT_HOME = ['TMPDIR', 'HOME', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME'];
const before = new Map(AT_HOME.map((name) => [name, process.env[name]]));

function restore(name: string): void {
  const value = before.get(name);
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

let server: ServerProcess;
let folder = '';
let temporary = '';
let ended: Promise<void> | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-secrecy-'));
  temporary = await mkdtemp(join(tmpdir(), 'tellerline-secrecy-tmp-'));
  for (const name of AT_HOME) process.env[name] = temporary;
  server = await startServer({
    folder,
    set: {
      'log.level': 'debug',
      'dialplan.file': join(DIALPLANS, 'secret.yaml'),
      'speech.cache': join(folder, 'prompts'),
      'speech.recognizer': 'whisper',
      'speech.voice_activity_detection': true,
    },
  });
});

const stop = (): Promise<void> => (ended ??= Promise.resolve(server[Symbol.asyncDispose]()));

afterAll(async () => {
  for (const name of AT_HOME) restore(name);
  await stop();
  for (const each of [folder, temporary]) await rm(each, { recursive: true, force: true });
});

async function asked(caller: Caller): Promise<ContactId> {
  const { contact } = await server.until('call-offered', (event) => event.sip_call_id === caller.callId);
  await server.until('secure-began', (event) => event.contact === contact);
  return contact;
}

/** The secret was taken, the bank was asked, the next question is open; then something is said that is none. */
async function goesOn(caller: Caller, contact: ContactId, via: 'rfc4733' | 'info' | 'inband'): Promise<void> {
  const keyed = await server.until('digits-keyed', (event) => event.contact === contact);
  expect(keyed).toMatchObject({ secret: true, count: SECRET.length, via });
  await server.until('looked-up', (event) => event.contact === contact && event.outcome === 'unknown-account');
  await server.until('state-entered', (event) => event.contact === contact && event.state === 'asked');
  caller.rtp.quiet();
  await caller.rtp.speak(new Int16Array(4_000));
  await caller.rtp.speak(tone([600], 4_000));
  await caller.hangUp();
  await sealed(contact);
}

async function sealed(contact: ContactId): Promise<string> {
  await server.until('recording-verified', (event) => event.contact === contact && event.ok);
  return (await server.until('recording-sealed', (event) => event.contact === contact)).path;
}

describe.sequential('the secret is keyed', () => {
  test('by events, tones beside them', async () => {
    await using caller = await call(server.sip);
    const contact = await asked(caller);
    caller.rtp.quiet();
    for (const digit of SECRET) {
      await caller.rtp.press(digit);
      await caller.rtp.speak(Int16Array.from([...dtmfTone(digit, 1_600), ...new Int16Array(400)]));
    }
    await goesOn(caller, contact, 'rfc4733');
  });

  test('by INFO, in both of its bodies', async () => {
    await using caller = await call(server.sip);
    const contact = await asked(caller);
    for (const [index, digit] of SECRET.split('').entries()) {
      const relay = index % 2 === 0;
      caller.send('INFO', {
        body: relay ? `Signal=${digit}\r\nDuration=160\r\n` : digit,
        headers: { 'Content-Type': relay ? 'application/dtmf-relay' : 'application/dtmf' },
      });
      await caller.sip.hear(200);
    }
    await goesOn(caller, contact, 'info');
  });

  test('by tones, the last one held', async () => {
    await using caller = await openCaller(server.sip);
    caller.invite(caller.rtp.sdp({ events: false }));
    await caller.answered();
    caller.rtp.idle();
    const contact = await asked(caller);
    caller.rtp.quiet();
    for (const [index, digit] of SECRET.split('').entries()) {
      const held = index === SECRET.length - 1 ? 6_400 : 800;
      await caller.rtp.speak(Int16Array.from([...dtmfTone(digit, held), ...new Int16Array(640)]));
    }
    await goesOn(caller, contact, 'inband');
  });

  test('in part, and said aloud; the caller hangs up in the middle', async () => {
    const spoken = await sayWithFlite(SPOKEN);
    await using caller = await call(server.sip);
    const contact = await asked(caller);
    caller.rtp.quiet();
    await caller.rtp.speak(spoken);
    await caller.rtp.speak(dtmfTone(SECRET[0] ?? '', 800));
    await caller.rtp.press(SECRET[0] ?? '');
    // what is on the disk while the entry lasts
    await expectNothing('the spool', await filesIn(folder));
    await caller.hangUp();
    await sealed(contact);
    const heard = server.events.filter((event) => event.contact === contact).map(({ type }) => type);
    for (const type of ['speech-began', 'recognized', 'digits-keyed'] as const) expect(heard).not.toContain(type);
  });
});

interface Named {
  readonly name: string;
  readonly bytes: Buffer;
}

async function filesIn(root: string): Promise<readonly Named[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.map(async (name) => ({ name, bytes: await readFile(name).catch(() => undefined) })),
  );
  return files.flatMap(({ name, bytes }) => (bytes === undefined ? [] : [{ name, bytes }]));
}

async function expectNothing(what: string, all: readonly Named[]): Promise<void> {
  expect(all.length, what).toBeGreaterThan(0);
  for (const { name, bytes } of all) {
    if (name.endsWith('/reserve.bin')) {
      expect(bytes.equals(Buffer.alloc(bytes.length)), name).toBe(true);
      continue;
    }
    const text = bytes.toString('latin1');
    expect(SPREAD.test(text), `${what}: digits in ${name}`).toBe(false);
    expect(new RegExp(SPOKEN.replaceAll(' ', '\\W+'), 'i').test(text), `${what}: words in ${name}`).toBe(false);
    if (name.includes('/recordings/'))
      expect(toneWindows(soundOf({ name, bytes })), `${what}: tones in ${name}`).toBe(0);
  }
}

/** All channels of a WAV file, one after the other; any other file as if it were G.711. */
function soundOf({ name, bytes }: Named): Int16Array {
  if (!name.endsWith('.wav')) return Int16Array.from(bytes, (code) => MULAW_TO_LINEAR[code] ?? 0);
  return Int16Array.from(parseWav(bytes).samples.flatMap((channel) => [...channel]));
}

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1_209, 1_336, 1_477];

/** Of 20 ms, in which a key's two tones are most of the sound. */
function toneWindows(samples: Int16Array): number {
  let count = 0;
  for (let at = 0; at + 160 <= samples.length; at += 80) {
    const window = samples.subarray(at, at + 160);
    const strongest = (all: readonly number[]): number =>
      all.reduce((best, hz) => (powerAt(window, hz) > powerAt(window, best) ? hz : best));
    const [row, column] = [strongest(ROWS), strongest(COLUMNS)];
    if (powerAt(window, row) < 2_000 || powerAt(window, column) < 2_000) continue;
    if (shareAt(window, row) + shareAt(window, column) > 0.7) count += 1;
  }
  return count;
}

test('the scan would find it', async () => {
  expect(toneWindows(dtmfTone('7', 1_600))).toBeGreaterThan(15);
  for (const leak of [SECRET, JSON.stringify(SECRET.split('')), SECRET.split('').join(' ')])
    expect(SPREAD.test(leak)).toBe(true);
});

test('logs, metrics, the API and live events hold nothing of it', async () => {
  const token = (await readFile(join(folder, 'token'), 'utf8')).trim();
  const { calls } = JSON.parse((await server.get('/api/calls')).text) as { readonly calls: { contact: string }[] };
  expect(calls).toHaveLength(4);
  const paths = [
    '/metrics',
    '/healthz',
    '/readyz',
    '/docs/json',
    '/api/calls',
    ...calls.map(({ contact }) => `/api/calls/${contact}`),
  ];
  const answers = await Promise.all(
    paths.map(async (path) => ({ name: path, bytes: Buffer.from((await server.get(path)).text) })),
  );
  const said: readonly Named[] = [
    { name: 'standard output', bytes: Buffer.from(server.stdout) },
    { name: 'standard error', bytes: Buffer.from(server.stderr) },
    { name: 'live events', bytes: Buffer.from(JSON.stringify(server.events)) },
    ...answers,
  ];
  await expectNothing('what the server says', said);
  for (const { name, bytes } of said) {
    expect(bytes.includes(token), `the token in ${name}`).toBe(false);
    expect(bytes.includes('+15551234'), `the caller's number in ${name}`).toBe(false);
  }
  // one level deeper than what people run with, and every line of it structured
  for (const line of server.stderr.split('\n').filter((each) => each !== ''))
    expect(JSON.parse(line)).toHaveProperty('msg');
  expect(server.stderr).not.toMatch(/digit|secret"/i);
});

test('recordings hold no tone of it in the entry, and sound after it; the manifest says what is masked', async () => {
  const whole = server.events.filter((event) => event.type === 'looked-up');
  expect(whole).toHaveLength(3);
  for (const { contact } of whole) {
    const path = await sealed(contact);
    const home = dirname(path);
    const customer =
      parseWav(await readFile(join(home, 'tracks', 'customer.pcmu.wav'))).samples[0] ?? new Int16Array(0);
    let heard = 0;
    for (let at = 0; at + 160 <= customer.length; at += 160)
      if (shareAt(customer.subarray(at, at + 160), 600) > 0.8) heard += 20;
    expect(heard).toBeGreaterThan(300);
    const manifest = JSON.parse(await readFile(join(home, 'manifest.json'), 'utf8')) as {
      readonly gaps: readonly { readonly track: string; readonly because: string }[];
      readonly events: readonly { readonly type: string }[];
    };
    expect(manifest.gaps).toContainEqual(expect.objectContaining({ track: 'customer', because: 'masked' }));
    expect(manifest.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['secure-began', 'secure-ended']));
  }
});

test('no file holds it, neither while the server runs nor when it has ended; all of them are their owner’s alone', async () => {
  await expectNothing('the running server', await filesIn(folder));
  await stop();
  const files = await filesIn(folder);
  expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining([expect.stringMatching(/\.sqlite$/)]));
  await expectNothing('the ended server', files);
  for (const { name } of files)
    if (!/tellerline\.yaml$|\.lock/.test(name)) expect((await stat(name)).mode & 0o077, name).toBe(0);
});

test('no part of it, nor any library, leaves files elsewhere: nothing is collected for anybody', async () => {
  await stop();
  expect((await filesIn(temporary)).map(({ name }) => name)).toEqual([]);
});
