import { parseArgs } from 'node:util';
import { benchLog } from './archive/log.ts';
import { benchSearch } from './archive/search.ts';

/* The archive's parts on this machine, one after the other: `npm run bench -- archive`. */

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } }, strict: false });
const quick = values.quick === true;
const [recordings, rounds] = quick ? [20_000, 3] : [1_000_000, 30];
console.log(
  JSON.stringify(
    {
      log: await benchLog(quick ? 2 : 10),
      search: {
        sqlite: await benchSearch('sqlite', recordings, rounds),
        postgresql: await benchSearch('postgresql', recordings, rounds),
      },
    },
    undefined,
    2,
  ),
);
