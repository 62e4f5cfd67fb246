import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeMulaw } from '../../src/audio/g711.ts';
import { readZip } from '../../src/verify/zip.ts';
import { archived } from '../support/archived.ts';
import { call, type Caller, speaks } from '../support/caller.ts';
import { clearAudioBelow } from '../support/clear-audio.ts';
import { eventually, runTellerline, startServer } from '../support/server-process.ts';

/* A real call goes through the archive of a server with its defaults; whoever keeps it looks with the commands. */

interface Listed {
  readonly id: string;
  readonly contact: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly state: string;
  readonly retainUntil: number | null;
}

test('a call is archived and verified soon after its end; the commands work beside the server and without it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-archive-'));
  const archive = async (...args: readonly string[]) =>
    runTellerline('archive', ...args, '--config', join(folder, 'tellerline.yaml'));
  const listed = async (): Promise<readonly Listed[]> =>
    JSON.parse((await archive('list', '--json')).stdout) as Listed[];
  try {
    let contact = '';
    let exportLeaf = Number.NaN;
    {
      await using server = await startServer({ folder });
      {
        await using caller = await call(server.sip);
        await speaks(caller);
        await server.until('prompt-finished', ({ prompt }) => prompt.startsWith('main'));
        await caller.hangUp();
      }
      contact = (await server.until('call-ended')).contact;
      const ended = performance.now();
      await archived(server, 1);
      const rows = await eventually(listed, ([row]) => row?.state === 'VERIFIED');
      expect(performance.now() - ended).toBeLessThan(30_000);
      expect(rows).toEqual([
        {
          id: expect.any(String),
          contact,
          startedAt: expect.any(Number),
          durationMs: expect.any(Number),
          state: 'VERIFIED',
          retainUntil: expect.any(Number),
        },
      ]);
      expect(Math.abs(rows[0]!.startedAt - Date.now())).toBeLessThan(120_000);
      // five years by the calendar, to the end of that day
      const term = new Date();
      term.setFullYear(term.getFullYear() + 5);
      expect(rows[0]!.retainUntil! - term.getTime()).toBeGreaterThan(-600_000);
      expect(rows[0]!.retainUntil! - term.getTime()).toBeLessThan(49 * 3_600_000);
      expect(await archive('fsck')).toMatchObject({ status: 0, stdout: '1 recordings checked, 0 with problems\n' });
      // the retention policy of the configuration, and the recording with its receipts and its leak certificate
      // and, a minute after the start, the keys that were made
      const audited = await archive('audit');
      const leaves = Number(/has (\d+) leaves/.exec(audited.stdout)?.[1]);
      expect([audited.status, leaves]).toEqual([0, expect.toSatisfy((count) => count >= 4 && count <= 8)]);
      const id = rows[0]!.id;
      const bundle = join(folder, 'call.zip');
      const exported = await archive(
        'export',
        id,
        '--to',
        bundle,
        '--purpose',
        'complaint 4711',
        '--ticket',
        'T-1',
        '--json',
      );
      expect([exported.status, exported.stderr]).toEqual([0, '']);
      const { leaf, ...made } = JSON.parse(exported.stdout) as { leaf: number };
      expect(made).toMatchObject({ recording: id, file: bundle });
      expect(leaf).toBeGreaterThanOrEqual(leaves);
      exportLeaf = leaf;
      expect(await server.metric('break_glass_unreviewed')).toBe(1);
      await expectProof(bundle, leaf);
      expect(await archive('export', id, '--to', bundle, '--purpose', 'once more')).toMatchObject({
        status: 64,
        stderr: expect.stringContaining(`${bundle} already exists`),
      });
      expect(await archive('export', id, '--to', join(folder, 'other.zip'))).toMatchObject({
        status: 64,
        stderr: expect.stringContaining('--purpose'),
      });
      expect((await readdir(folder)).filter((name) => /other|\.new$/.test(name))).toEqual([]);
      const shown = await archive('show', id);
      expect(shown.stdout).toContain('bot: ');
      const doctor = await archive('doctor');
      expect([doctor.status, doctor.stdout]).toEqual([0, expect.stringMatching(/^risk {4}keys: .*no backup/)]);
      expect(await server.metric('archive_keys_without_backup')).toBe(1);
      expect((await stat(join(folder, 'archive.sock'))).mode & 0o077).toBe(0);
    }

    // no server any more
    expect(await listed()).toHaveLength(1);
    const again = join(folder, 'again.zip');
    const once = await archive('export', (await listed())[0]!.id, '--to', again, '--purpose', 'for the supervisor');
    expect([once.status, once.stderr]).toEqual([0, '']);
    expect(Number(/leaf (\d+) of the log/.exec(once.stdout)?.[1])).toBeGreaterThan(exportLeaf);
    expect(await runTellerline('archive', 'verify', again)).toMatchObject({ status: 0 });
    const settings = await readFile(join(folder, 'tellerline.yaml'), 'utf8');
    await writeFile(
      join(folder, 'tellerline.yaml'),
      settings.replace(/^archive:\n/m, 'archive:\n  cli_export: approval\n'),
    );
    expect(
      await archive('export', (await listed())[0]!.id, '--to', join(folder, 'third.zip'), '--purpose', 'not approved'),
    ).toMatchObject({ status: 1, stderr: expect.stringContaining('approval of a second person') });
    await writeFile(join(folder, 'tellerline.yaml'), settings);
    const passphrase = join(folder, 'passphrase');
    await writeFile(passphrase, 'correct horse battery\n', { mode: 0o600 });
    const backup = await archive('keys', 'backup', '--to', join(folder, 'escrow.txt'), '--passphrase-file', passphrase);
    expect([backup.status, backup.stderr]).toEqual([0, '']);
    expect((await archive('doctor')).stdout).toMatch(/^ok {6}keys: /);
    expect(await archive('audit')).toMatchObject({ status: 0 });

    // the restore drill: the database and the root key are lost, the rest of the key folder and the store are not
    const before = await listed();
    await rm(join(folder, 'keys/root.key'));
    for (const name of await readdir(folder))
      if (name.startsWith('tellerline.sqlite')) await rm(join(folder, name), { force: true });
    expect(await archive('list')).toMatchObject({ status: 1, stderr: expect.stringContaining('KEYS_UNREADABLE') });
    expect(await archive('keys', 'restore', join(folder, 'escrow.txt'), '--passphrase-file', passphrase)).toMatchObject(
      { status: 0 },
    );
    expect(await archive('rebuild', '--to', join(folder, 'rebuilt'))).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('1 recordings written to'),
    });
    const config = await readFile(join(folder, 'tellerline.yaml'), 'utf8');
    await writeFile(
      join(folder, 'tellerline.yaml'),
      config
        .replace(/file: .*tellerline\.sqlite/, `file: ${join(folder, 'rebuilt/tellerline.sqlite')}`)
        .replace(/^archive:\n/m, `archive:\n  keys: { directory: ${join(folder, 'keys')} }\n`),
    );
    expect(await listed()).toEqual(before);
    expect(await archive('fsck')).toMatchObject({ status: 0 });

    // what is changed in the store is named
    const id = before[0]!.id;
    const blobs = join(folder, 'recordings/archive/blobs');
    const audio = (await readdir(blobs, { recursive: true })).find((name) => name.endsWith(`${id}.rec`));
    const bytes = await readFile(join(blobs, audio!));
    bytes[bytes.length - 30]! ^= 1;
    await rm(join(blobs, audio!));
    await writeFile(join(blobs, audio!), bytes);
    expect(await archive('fsck')).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(new RegExp(`^${id}  archive: audio: the sealed object was altered`)),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 300_000);

/** By the command, and by what is in the bundle alone; a byte that was changed is found, and its file named. */
async function expectProof(bundle: string, leaf: number): Promise<void> {
  const verified = await runTellerline('archive', 'verify', bundle);
  expect([verified.status, verified.stderr]).toEqual([0, '']);
  expect(verified.stdout).toContain(`EXPORT is leaf ${leaf}`);
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-bundle-'));
  try {
    for (const [path, bytes] of await readZip(await readFile(bundle))) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), bytes);
    }
    const verify = () =>
      spawnSync(process.execPath, [join(folder, 'verify.mjs'), folder], { encoding: 'utf8', cwd: tmpdir() });
    expect(verify()).toMatchObject({ status: 0, stdout: expect.stringContaining('RECORDING is leaf 1'), stderr: '' });
    const custody = await readFile(join(folder, 'custody.jsonl'), 'utf8');
    expect(custody).toContain('complaint 4711');
    const audio = await readFile(join(folder, 'audio.flac'));
    audio[audio.length >> 1]! ^= 1;
    await writeFile(join(folder, 'audio.flac'), audio);
    const refused = verify();
    expect([refused.status, refused.stdout + refused.stderr]).toEqual([1, expect.stringContaining('audio.flac')]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('wrong usage is explained: an unknown command, a recording that is none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-archive-'));
  try {
    expect(await runTellerline('archive')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('name a command of the archive'),
    });
    expect(await runTellerline('archive', 'lst')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('there is no `archive lst`'),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('with the default configuration nothing of a call lies on the disk in the clear: while it lasts, sealed, after a kill, archived', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-clear-'));
  const config = join(folder, 'tellerline.yaml');
  // four packets of a tone, again and again
  const said = encodeMulaw(Int16Array.from({ length: 640 }, (_, n) => Math.round(9_000 * Math.sin(n / 3))));
  const talk = async (caller: Caller): Promise<void> => {
    for (let n = 0; n < 100; n++) {
      caller.rtp.send(said.subarray((n % 4) * 160, ((n % 4) + 1) * 160));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const nothingInTheClear = async (when: string): Promise<void> =>
    expect(await clearAudioBelow(folder, said.subarray(0, 160)), when).toEqual([]);
  const start = (sipPort = 0) => startServer({ folder, set: { 'archive.keep_sealed_hours': 0, 'sip.port': sipPort } });
  try {
    let server = await start();
    try {
      // where the store's folder of the class would be: nothing can be stored
      const obstacle = join(folder, 'recordings', 'archive', 'blobs', 'customer-call');
      await writeFile(obstacle, '');
      await using first = await call(server.sip);
      await talk(first);
      await nothingInTheClear('during the call');
      await first.hangUp();
      const sealed = await server.until('recording-verified', ({ ok }) => ok);
      await nothingInTheClear('sealed');
      const { path } = await server.until('recording-sealed', ({ contact }) => contact === sealed.contact);
      expect(await readdir(dirname(path))).toContain('audio.wav.enc');
      expect(await runTellerline('recordings', 'verify', dirname(path), '--config', config)).toMatchObject({
        status: 0,
      });
      expect(await runTellerline('recordings', 'fsck', '--config', config)).toMatchObject({ status: 0 });
      await eventually(
        () => server.metric('archive_failing'),
        (failing) => failing === 1,
      );
      await nothingInTheClear('waiting for the archive');
      await using second = await call(server.sip);
      await talk(second);
      server.kill('SIGKILL');
      await server.exited;
      await nothingInTheClear('killed');
      await rm(obstacle);
      server = await start(server.sip.port);
      await archived(server, 0);
      await eventually(
        async () =>
          JSON.parse((await runTellerline('archive', 'list', '--json', '--config', config)).stdout) as Listed[],
        (rows) => rows.length === 2 && rows.every(({ state }) => state === 'VERIFIED'),
        60_000,
      ).then((rows) => expect(rows.map(({ state }) => state)).toEqual(['VERIFIED', 'VERIFIED']));
      await nothingInTheClear('archived');
      await expect(readdir(dirname(path))).rejects.toThrow('ENOENT');
    } finally {
      await server[Symbol.asyncDispose]();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);
