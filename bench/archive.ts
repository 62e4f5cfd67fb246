import { parseArgs } from 'node:util';
import { benchLog } from './archive/log.ts';

/* The archive's parts on this machine, one after the other: `npm run bench -- archive`. */

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } }, strict: false });
console.log(JSON.stringify({ log: await benchLog(values.quick === true ? 2 : 10) }, undefined, 2));
