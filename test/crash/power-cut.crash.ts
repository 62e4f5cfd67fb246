import { join } from 'node:path';
import { describe } from 'vitest';
import { testDeaths } from './deaths.ts';
import { type LoopDisk, openLoopDisk } from './loop-disk.ts';

/* The machine of a server in calls loses its power: what was not synced is gone, the ledger of dialogs and the database included. */

/** The ledger of dialogs is synced once a second. */
const LEDGER_SYNC_MS = 1_500;
const opened = openLoopDisk(512);
if (typeof opened === 'string') console.log(`skipped: power cuts: ${opened}`);

describe.skipIf(typeof opened === 'string')('power cuts', () => {
  const disk = opened as LoopDisk;
  testDeaths({
    name: 'power cut',
    count: 10,
    personEvery: 5,
    stream: 1_000,
    folder: join(disk.folder ?? '', 'server-'),
    release: () => disk[Symbol.dispose](),
    async die(victim) {
      const at = disk.cutPower();
      victim.kill('SIGKILL');
      await victim.exited;
      disk.powerOn();
      return at;
    },
    unknownMs: LEDGER_SYNC_MS,
  });
});
