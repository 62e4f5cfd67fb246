import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRun } from './part.ts';
import type { Server } from './server.ts';
import type { Telephones } from './telephones.ts';

/* Calls in batches that are held and hung up together, and what has to pass before a server has forgotten them. */

/** Longer than SIP remembers transactions (RFC 3261: 32 s) and recordings need for their seal. */
export const FORGET_MS = 36_000;
export const DIALS_PER_SECOND = 25;
/** A second each: the archive takes some ten recordings a second. */
const ARCHIVE_CHECKS = 300;

export async function batches(
  telephones: Telephones,
  calls: number,
  size: number,
  bench: Pick<BenchRun, 'progress'>,
): Promise<number> {
  let made = 0;
  while (made < calls) {
    made += await dial(telephones, Math.min(size, calls - made), bench);
    await telephones.order('hang-up', {});
  }
  return made;
}

/** All of them, although some may be refused at first. */
export async function dial(telephones: Telephones, calls: number, bench: Pick<BenchRun, 'progress'>): Promise<number> {
  let answered = 0;
  for (let n = 0; n < 5 && answered < calls; n++) {
    const result = await telephones.order('dial', { calls: calls - answered, callsPerSecond: DIALS_PER_SECOND });
    answered += result.answered;
    if (answered < calls) {
      bench.progress(`refused: ${JSON.stringify(result.refused)}; dialling again`);
      await sleep(2_000);
    }
  }
  return answered;
}

/** Until SIP has forgotten the calls and their recordings are archived. */
export async function rest(server: Server, forgetMs: number): Promise<void> {
  await sleep(forgetMs);
  for (let n = 0; n < ARCHIVE_CHECKS && (await server.metric('tellerline_archive_waiting')) > 0; n++)
    await sleep(1_000);
}
