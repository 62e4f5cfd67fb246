import type { DatabaseServer } from '../../src/storage/open-storage.ts';
import { askShared } from './ask-shared.ts';

/** An empty database of the run's PostgreSQL, gone when closed. */
export async function sharedDatabase(): Promise<DatabaseServer & AsyncDisposable> {
  const { address, ...rest } = await askShared<DatabaseServer>({ want: 'database' });
  return {
    ...rest,
    address: { ...address, password: undefined },
    [Symbol.asyncDispose]: () => askShared({ drop: address.database }),
  };
}
