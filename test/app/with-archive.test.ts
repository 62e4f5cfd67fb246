import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archivePlaces } from '../../src/app/archive-places.ts';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { openArchive } from '../../src/app/open-archive.ts';
import { withArchive } from '../../src/app/with-archive.ts';
import { noteBackup } from '../../src/archive/keys/backup.ts';
import { readRootKey } from '../../src/archive/keys/root-key.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { IvrError } from '../../src/domain/error.ts';
import { newLegId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { Scope } from '../../src/lib/scope.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { intentAt } from '../support/archive-rows.ts';
import { openStoreIn } from '../support/journal-store.ts';
import { ManualClock } from '../support/manual-clock.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-with-archive-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a command on the archive of a server that was killed finds what it had not brought to the database', async () => {
  const [alive, file] = [join(folder, 'alive/tellerline.sqlite'), join(folder, 'data/tellerline.sqlite')];
  const intent = intentAt(1_700_000_000_000);
  {
    await using store = await openStoreIn(alive);
    await using journal = await openJournal(store, new ManualClock(), silentLogger); // whose timers do not come
    journal.append(
      intent.contact,
      { type: 'call-offered', leg: newLegId(1), direction: 'inbound', from: '*1', to: '*2', sip_call_id: 'x' },
      { intent },
    );
    await journal.durable();
    await mkdir(join(folder, 'data'));
    for (const end of ['', '-wal', '.ahead-0', '.ahead-1'])
      await copyFile(alive + end, file + end).catch(() => undefined);
  }
  expect((await stat(`${file}.ahead-0`)).size).toBeGreaterThan(0);
  const config = await loadConfig({
    environment: {},
    overrides: { 'storage.file': file, 'recordings.directory': join(folder, 'recordings') },
  });
  const lines: string[] = [];
  const list = { command: 'list', arguments: [], options: {}, json: true, actor: 'ann' };
  expect(await withArchive(config, list, (line) => void lines.push(line))).toBe(0);
  expect(lines.join('\n')).toContain(intent.id);
  // what the list cannot mean is refused: an empty list would be believed
  for (const [options, expected] of [
    [{ state: 'VERIFED' }, /--state expects one of .*VERIFIED/],
    [{ limit: 'ten' }, /--limit expects/],
  ] as const)
    await expect(withArchive(config, { ...list, options }, () => undefined)).rejects.toThrow(expected);
  await expect(stat(`${file}.ahead-0`)).rejects.toMatchObject({ code: 'ENOENT' });
  await using store = await openStoreIn(file);
  expect((await store.events(intent.contact)).map(({ type }) => type)).toEqual(['call-offered']);
});

test('archive.keys.require_backup keeps the server from starting until the root key has a backup, and no command from working', async () => {
  const config = await loadConfig({
    environment: {},
    overrides: {
      'storage.file': join(folder, 'data/tellerline.sqlite'),
      'recordings.directory': join(folder, 'recordings'),
      'archive.keys.require_backup': true,
    },
  });
  await using scope = new Scope();
  const storage = scope.use(
    await openStorage({ file: join(folder, 'other.sqlite'), migrations: MIGRATIONS }, silentLogger),
  );
  const start = async (): Promise<string> => {
    await using own = new Scope();
    return await openArchive(config, storage, own, silentLogger).then(
      () => 'it starts',
      (thrown: unknown) => (thrown as IvrError).code,
    );
  };
  expect(await start()).toBe('KEYS_NOT_BACKED_UP');
  const list = { command: 'list', arguments: [], options: {}, json: true, actor: 'ann' };
  const lines: string[] = [];
  expect(await withArchive(config, list, (line) => void lines.push(line))).toBe(0);
  expect(lines).toEqual(['[]']);
  const { keys } = archivePlaces(config);
  await noteBackup(keys, (await readRootKey(keys))!, wallMs(Date.now()));
  expect(await start()).toBe('it starts');
});
