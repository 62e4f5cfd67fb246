import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '../../src/lib/logger.ts';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import type { Proof } from '../../src/queues/prove/prove.ts';
import { openQueueStore } from '../../src/queues/store/open-queue-store.ts';
import { writeJournalFile } from '../../src/queues/store/write-journal-file.ts';
import { type DatabaseServer, openStorage } from '../../src/storage/open-storage.ts';
import { KilledServer } from './killed-server.ts';
import { seeded } from '../../test/support/seeded.ts';
import { SimulatedFloor } from './simulated-floor.ts';
import { systemClock } from '../../src/lib/clock.ts';

export interface ChaosOptions {
  readonly calls: number;
  readonly agents: number;
  readonly kills: number;
  readonly seed: number;
  /** Undefined: SQLite. */
  readonly server?: DatabaseServer | undefined;
}

export interface Chaos {
  readonly calls: number;
  readonly overtakings: number;
  readonly doubleAnswers: number;
  readonly lost: number;
  readonly stuck: number;
  readonly kills: number;
  readonly journal: string;
  readonly proof: Proof;
}

/** As fast as a small machine takes them. */
const CALLS_PER_SECOND = 40;
const LOAD = 0.95;
const SETTLES_MS = 120_000;

/**
 * Callers and agents against a server in a process of its own, on a real database, that is killed so many times in the middle of it. What
 * came of it is read from the journal alone by `tellerline queues prove`; that every caller who was let in stands in it, the callers say.
 */
export async function runChaos({ calls, agents, kills, seed, server }: ChaosOptions): Promise<Chaos> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-queues-'));
  const file = join(folder, 'database', 'queues.sqlite');
  const random = seeded(seed);
  const rate = Math.min(CALLS_PER_SECOND, agents);
  const handlingMs = Math.round((LOAD * agents * 1_000) / rate / 1.2); // and a fifth of it to wrap up
  const floor = new SimulatedFloor({ agents, handlingMs, random });
  const killed = new KilledServer(
    [file, server === undefined ? '' : JSON.stringify(server), String(handlingMs)],
    (row) => floor.hear(row),
  );
  floor.connect(killed);
  floor.begin(await killed.start());
  const lastsMs = (calls / rate) * 1_000;
  const dies = Array.from({ length: kills }, (_, n) => ((n + 0.3 + 0.6 * random()) / kills) * lastsMs);
  const began = performance.now();
  const arriving = floor.arrive(calls, 1_000 / rate);
  for (const at of dies) {
    await sleep(Math.max(0, at - (performance.now() - began)));
    await killed.kill();
    floor.cut();
    floor.begin(await killed.start());
  }
  await arriving;
  await floor.settle(SETTLES_MS);
  await killed.stop();

  await using storage = await openStorage(
    { file, node: 'bench', migrations: MIGRATIONS, ...(server === undefined ? {} : { server }) },
    silentLogger,
  );
  await using store = await openQueueStore(storage);
  const joined = new Set<string>();
  for await (const { row } of store.read(1)) if (row.type === 'entry-joined') joined.add(row.entry);
  const { file: journal } = await writeJournalFile(store, join(folder, 'journal.jsonl'), systemClock.wall());
  const proof = proven(journal);
  await rm(join(folder, 'database'), { recursive: true, force: true });
  return {
    calls: floor.calls,
    overtakings: proof.overtakings,
    doubleAnswers: proof.doubleAnswers + floor.doubleAnswers,
    lost: proof.lost + floor.lost(joined) + proof.open,
    stuck:
      proof.stuck + (proof.faults.length > 0 && proof.overtakings + proof.doubleAnswers + proof.lost === 0 ? 1 : 0),
    kills,
    journal,
    proof,
  };
}

/** By the command, in a process of its own. */
export function proven(journal: string): Proof {
  const { stdout } = spawnSync(process.execPath, ['dist/main.js', 'queues', 'prove', journal, '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(stdout) as Proof;
}
