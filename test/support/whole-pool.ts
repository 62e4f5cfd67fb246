import { deferred } from '../../src/lib/deferred.ts';
import type { Storage } from '../../src/storage/storage.ts';

/** As many transactions at once as there are connections, so that no test is blamed for one that stays. */
export async function openWholePool({ knex }: Storage, connections: number): Promise<void> {
  let open = 0;
  const { promise: allOpen, resolve } = deferred<void>();
  const one = (): Promise<void> =>
    knex.transaction(async () => {
      open += 1;
      if (open === connections) resolve();
      await allOpen;
    });
  await Promise.all(Array.from({ length: connections }, one));
}
