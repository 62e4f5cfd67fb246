import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { openArchiveIndex } from '../../src/archive/index/open-archive-index.ts';
import { archiveRecording } from '../../src/archive/pipeline/archive-recording.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { Scope } from '../../src/lib/scope.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { archiveForTest } from '../../test/archive/pipeline/archive-for-test.ts';
import { SEALED_KEYS, sealedForTest } from '../../test/archive/pipeline/sealed-recording.ts';

/* What a call costs that is over at once: not its audio, but the steps of its archiving, with an index in SQLite. Encrypted folders, as the recorder leaves them. */

/** The first ones are of code that is not yet optimised. */
const WARM_UP = 20;

export interface ShortCallFigures {
  readonly recordings: number;
  /** All threads of the process. */
  readonly cpu_ms_a_recording: number;
  readonly ms_a_recording: number;
  /** Of the database; and how many of them begin a transaction. */
  readonly statements: number;
  readonly transactions: number;
}

/** @param folder - on the disk that is meant */
export async function benchShortCalls(recordings: number, folder = '.'): Promise<ShortCallFigures> {
  const own = await mkdtemp(join(folder, 'bench-short-'));
  try {
    return await run(recordings, own);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function run(count: number, folder: string): Promise<ShortCallFigures> {
  await using scope = new Scope();
  const storage = scope.use(
    await openStorage({ file: join(folder, 'index.sqlite'), migrations: MIGRATIONS }, silentLogger),
  );
  const parts = { ...(await archiveForTest(folder, scope)), index: openArchiveIndex(storage, systemClock) };
  let statements = 0;
  let transactions = 0;
  storage.knex.on('query', ({ sql }: { sql: string }) => {
    statements += 1;
    if (/^begin/i.test(sql)) transactions += 1;
  });
  const sealed = [];
  for (let n = 0; n < WARM_UP + count; n++)
    sealed.push(
      await sealedForTest(join(folder, 'recordings'), {
        callMs: 200,
        tracks: ['customer', 'bot'],
        encrypted: true,
      }),
    );
  const all = WARM_UP + count;
  let cpu = process.cpuUsage();
  let began = performance.now();
  for (const [n, { recording, folder: source }] of sealed.entries()) {
    if (n === WARM_UP) [cpu, began] = [process.cpuUsage(), performance.now()];
    const problems = await archiveRecording(recording, source, parts, {
      workFolder: join(folder, 'work'),
      keepSealedMs: 0,
      software: 'bench',
      sealedKeys: SEALED_KEYS,
    });
    if (problems.length > 0) throw new Error(problems[0]);
  }
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return {
    recordings: count,
    cpu_ms_a_recording: Math.round((user + system) / 100 / count) / 10,
    ms_a_recording: Math.round((took * 10) / count) / 10,
    statements: Math.round(statements / all),
    transactions: Math.round(transactions / all),
  };
}
