import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import type { ContactId } from '../../src/domain/ids.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openQueueStore } from '../../src/queues/store/open-queue-store.ts';
import { writeJournalFile } from '../../src/queues/store/write-journal-file.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { proven } from './chaos.ts';
import { KilledServer } from './killed-server.ts';
import { systemClock } from '../../src/lib/clock.ts';

export interface Restart {
  readonly waiting: number;
  /** From the start of the process until it takes customers, with the records of those before. */
  readonly readyMs: number;
  /** Callers whose record ended with the process that had their call, and callbacks that wait on. */
  readonly ended: number;
  readonly kept: number;
  /** Of the callers, those who had their place back when they called again. */
  readonly returned: number;
  readonly proven: boolean;
}

/** So many customers wait, every second one for a callback; the server is killed and started again, and all callers call again. */
export async function measureRestart(waiting: number): Promise<Restart> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-restart-'));
  try {
    const file = join(folder, 'queues.sqlite');
    const killed = new KilledServer([file, '', '60000'], () => undefined);
    await killed.start();
    const ask = (entry: string, n: number) =>
      killed.tell({
        type: 'customer-asked',
        entry,
        contact: `contact-${entry}` as ContactId,
        queue: 'cards',
        kind: 'call',
        needs: { skills: {} },
        customer: `customer-${n}`,
        incarnation: '',
      });
    const all = Array.from({ length: waiting }, (_, n) => n);
    for (const n of all) await ask(`e${n}`, n);
    const callers = all.filter((n) => n % 2 === 0);
    for (const n of all) if (n % 2 === 1) await killed.tell({ type: 'callback-requested', entry: `e${n}` });
    await killed.kill();
    const began = performance.now();
    const known = new Set(await killed.start());
    const readyMs = performance.now() - began;
    for (const n of callers) await ask(`again${n}`, n);
    await killed.stop();

    await using storage = await openStorage({ file, node: 'bench', migrations: MIGRATIONS }, silentLogger);
    await using store = await openQueueStore(storage);
    const ended = new Set<string>();
    const returned = new Set<string>();
    for await (const { row } of store.read(1)) {
      if (row.type === 'entry-ended' && row.because === 'node-lost' && row.entry.startsWith('e')) ended.add(row.entry);
      if (row.type === 'entry-joined' && row.returned_from !== undefined) returned.add(row.returned_from);
    }
    const { file: journal } = await writeJournalFile(store, join(folder, 'journal.jsonl'), systemClock.wall());
    return {
      waiting,
      readyMs,
      ended: callers.filter((n) => ended.has(`e${n}`)).length,
      kept: all.filter((n) => n % 2 === 1 && known.has(`e${n}`) && !ended.has(`e${n}`)).length,
      returned: callers.filter((n) => returned.has(`e${n}`)).length,
      proven: proven(journal).proven,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
