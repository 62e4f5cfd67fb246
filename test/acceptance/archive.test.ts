import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readZip } from '../../src/verify/zip.ts';
import { call, speaks } from '../support/caller.ts';
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
      // the retention policy of the configuration, and the recording
      expect(await archive('audit')).toMatchObject({ status: 0, stdout: expect.stringContaining('has 2 leaves') });
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
      expect(JSON.parse(exported.stdout)).toMatchObject({ recording: id, file: bundle, leaf: 2 });
      expect(await server.metric('break_glass_unreviewed')).toBe(1);
      await expectProof(bundle);
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
    expect(
      await archive('export', (await listed())[0]!.id, '--to', again, '--purpose', 'for the supervisor'),
    ).toMatchObject({ status: 0, stdout: expect.stringContaining('leaf 3 of the log') });
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
    expect(await listed()).toEqual(before.map((row) => ({ ...row, state: 'ARCHIVED' })));
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
async function expectProof(bundle: string): Promise<void> {
  const verified = await runTellerline('archive', 'verify', bundle);
  expect([verified.status, verified.stderr]).toEqual([0, '']);
  expect(verified.stdout).toContain('EXPORT is leaf 2');
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
