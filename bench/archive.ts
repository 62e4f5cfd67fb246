import { parseArgs } from 'node:util';
import { benchLog } from './archive/log.ts';
import { benchRecordings } from './archive/recordings.ts';
import { benchSearch } from './archive/search.ts';

/* The archive's parts on this machine, one after the other: `npm run bench -- archive`. */

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } }, strict: false });
const quick = values.quick === true;
const [indexed, rounds] = quick ? [20_000, 3] : [1_000_000, 30];
console.log(
  JSON.stringify(
    {
      log: await benchLog(quick ? 2 : 10),
      recordings: await benchRecordings(quick ? 2 : 30),
      search: {
        sqlite: await benchSearch('sqlite', indexed, rounds),
        postgresql: await benchSearch('postgresql', indexed, rounds),
      },
    },
    undefined,
    2,
  ),
);
