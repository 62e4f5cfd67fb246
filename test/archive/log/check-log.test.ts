import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, open, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditLog } from '../../../src/archive/log/audit-log.ts';
import { fsckLog } from '../../../src/archive/log/fsck-log.ts';
import { openTransparencyLog } from '../../../src/archive/log/open-transparency-log.ts';
import type { TransparencyLog } from '../../../src/archive/log/transparency-log.ts';
import { ed25519Signer } from '../../../src/archive/signing/ed25519-signer.ts';
import { rawEd25519 } from '../../../src/archive/signing/raw-key.ts';

const signer = ed25519Signer(generateKeyPairSync('ed25519').privateKey);
const origin = 'bank.example/log';
const key = { name: origin, raw: rawEd25519(signer.publicKey) };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-check-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const opened = (name: string): Promise<TransparencyLog> =>
  openTransparencyLog({ folder: join(folder, name), origin, signer });
const fill = (log: TransparencyLog, count: number, mark: number): Promise<unknown> =>
  Promise.all(
    Array.from({ length: count }, (_, n) => {
      const digest = Buffer.alloc(32, mark);
      digest.writeUInt32BE(log.size + n);
      return log.append({ type: 'HOLD', digest });
    }),
  );

test('fsck finds every entry, tile and checkpoint that was changed, and nothing in a sound log', async () => {
  for (const size of [1, 2, 3, 255, 256, 257, 700]) {
    {
      await using log = await opened(`sound ${size}`);
      await fill(log, size, 1);
      await log.checkpoint();
    }
    expect(await fsckLog(join(folder, `sound ${size}`), key)).toEqual({ leaves: size, problems: [] });
  }
  const at = join(folder, 'sound 700');
  const change = async (file: string, position: number): Promise<() => Promise<void>> => {
    const before = await readFile(join(at, file));
    const handle = await open(join(at, file), 'r+');
    await handle.write(Buffer.from([(before[position] ?? 0) ^ 1]), 0, 1, position);
    await handle.close();
    return () => writeFile(join(at, file), before);
  };
  for (const [file, position, says] of [
    ['tile/0/001', 5_000, 'tile/0/001'],
    ['checkpoint', 20, 'checkpoint'],
    ['entries/0000000000000000', 100, 'damaged at leaf'],
  ] as const) {
    const undo = await change(file, position);
    const { problems } = await fsckLog(at, key);
    expect(problems[0], file).toContain(says);
    await undo();
  }
  await unlink(join(at, 'tile/0/000'));
  expect((await fsckLog(at, key)).problems).toEqual([expect.stringContaining('tile/0/000: missing')]);
  const stranger = rawEd25519(ed25519Signer(generateKeyPairSync('ed25519').privateKey).publicKey);
  expect((await fsckLog(at, { name: origin, raw: stranger })).problems[0]).toContain('not signed');
});

test('the auditor follows a log that grows, and finds one that was rolled back or rewritten by its own key', async () => {
  const seen = join(folder, 'auditor', 'seen');
  {
    await using log = await opened('true');
    await fill(log, 10, 1);
    expect(await auditLog(log, key, seen)).toEqual({ ok: true, from: 0, to: 10 });
    await fill(log, 300, 1);
    expect(await auditLog(log, key, seen)).toEqual({ ok: true, from: 10, to: 310 });
    expect(await auditLog(log, key, seen)).toEqual({ ok: true, from: 310, to: 310 });
  }
  const kept = await readFile(seen, 'utf8');
  await using shorter = await opened('shorter');
  await fill(shorter, 300, 1);
  expect(await auditLog(shorter, key, seen)).toMatchObject({
    ok: false,
    problem: expect.stringContaining('rolled back') as string,
  });
  await using rewritten = await opened('rewritten');
  await fill(rewritten, 320, 2);
  expect(await auditLog(rewritten, key, seen)).toMatchObject({
    ok: false,
    problem: expect.stringContaining('history was changed') as string,
  });
  expect(await readFile(seen, 'utf8')).toBe(kept);
  await writeFile(seen, kept.replace('310', '311'));
  await using log = await opened('true');
  expect(await auditLog(log, key, seen)).toMatchObject({
    ok: false,
    problem: expect.stringContaining('not signed') as string,
  });
});
