import { parseArgs } from 'node:util';
import { benchLog } from './archive/log.ts';
import { benchRecordings } from './archive/recordings.ts';
import { benchSearch } from './archive/search.ts';
import { benchShortCalls } from './archive/short-calls.ts';
import { benchVerification } from './archive/verification.ts';
import { benchRecording } from './recording.ts';

/*
 * The archive's parts on this machine, one after the other: `npm run bench -- archive`. `--only=search` (spool, log, recordings, short-calls, verification, search) runs one of them;
 * `taskset -c 1` before it is one core for the spool;
 * `--database=sqlite` or `postgresql` one of the databases of the search, `--folder=FOLDER` keeps the SQLite database that was filled for the next run,
 * `--server=postgres://…` takes a PostgreSQL database that is there, and fills it when it is empty; `--recordings=100000` fills it with so many.
 */

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    database: { type: 'string' },
    folder: { type: 'string' },
    server: { type: 'string' },
    recordings: { type: 'string' },
  },
  strict: false,
});
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const quick = values.quick === true;
const rounds = quick ? 3 : 30;
const indexed = Number(text(values.recordings) ?? (quick ? 20_000 : 1_000_000));
const wanted = (part: string, option: unknown): boolean => option === undefined || option === part;

/** Each as soon as it is known: the last one takes long. */
const told = (what: string, figures: unknown): void => console.log(JSON.stringify({ [what]: figures }, undefined, 2));
if (wanted('spool', values.only))
  told(
    'spool',
    await benchRecording({
      calls: quick ? 100 : 1_000,
      seconds: quick ? 2 : 8,
      folder: '.',
      spoolOnly: true,
    }),
  );
if (wanted('log', values.only)) told('log', await benchLog(quick ? 2 : 10));
if (wanted('recordings', values.only)) told('recordings', await benchRecordings(quick ? 2 : 30));
if (wanted('short-calls', values.only)) told('short calls', await benchShortCalls(quick ? 20 : 200));
if (wanted('verification', values.only)) told('verification', await benchVerification(quick ? 1 : 30));
if (wanted('search', values.only))
  for (const database of ['sqlite', 'postgresql'] as const)
    if (wanted(database, values.database))
      told(
        `search on ${database}`,
        await benchSearch(database, indexed, rounds, {
          folder: text(values.folder),
          server: text(values.server),
        }),
      );
