import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOST_BY_CRASH_MS } from '../../src/recording/loss-limits.ts';
import { DIALPLANS, type ServerProcess, startServer } from '../support/server-process.ts';
import { freePort } from '../support/sipp.ts';
import { expectComplete } from './aftermath.ts';
import { type LoopDisk, openLoopDisk } from './loop-disk.ts';
import { survive } from './round.ts';
import { random, SEED } from './seeded.ts';

/* The machine of a server in calls loses its power: what was not synced is gone, the ledger of dialogs and the database included. */

const CUTS = 10;
const PERSON_EVERY = 5;
/** The ledger of dialogs is synced once a second. */
const LEDGER_SYNC_MS = 1_500;
const opened = openLoopDisk(512);
if (typeof opened === 'string') console.log(`skipped: power cuts: ${opened}`);

describe.skipIf(typeof opened === 'string')('power cuts', () => {
  const disk = opened as LoopDisk;
  let folder = '';
  let server: ServerProcess;
  let personPort = 0;
  const lost: number[] = [];

  const start = (sipPort: number): Promise<ServerProcess> =>
    startServer({
      folder,
      set: {
        'sip.port': sipPort,
        'dialplan.file': join(DIALPLANS, 'front-end.yaml'),
        'person.uri': `sip:person@127.0.0.1:${personPort}`,
      },
    });

  beforeAll(async () => {
    console.log(`TELLERLINE_TEST_SEED=${SEED}`);
    folder = await mkdtemp(join(disk.folder, 'server-'));
    personPort = await freePort();
    server = await start(0);
  }, 90_000);
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    disk[Symbol.dispose]();
  }, 30_000);

  for (let n = 1; n <= CUTS; n++)
    test(`power cut in calls, ${n} of ${CUTS}`, async () => {
      const lostMs = await survive(server, n % PERSON_EVERY === 0, {
        draw: random(1_000 + n),
        personPort,
        async die(victim) {
          const at = disk.cutPower();
          victim.kill('SIGKILL');
          await victim.exited;
          disk.powerOn();
          return at;
        },
        restart: async () => (server = await start(server.sip.port)),
        recordings: join(folder, 'recordings'),
        mostMs: LOST_BY_CRASH_MS,
        unknownMs: LEDGER_SYNC_MS,
      });
      lost.push(...lostMs);
    }, 120_000);

  test('after all of them every answered call has a verified recording, in the archive too', async () => {
    await expectComplete(server);
    expect(lost.length).toBeGreaterThanOrEqual(2 * CUTS);
    const worst = Math.max(...lost);
    console.log(`lost at the end of ${lost.length} calls: ${worst} ms at most`);
    expect(worst).toBeLessThanOrEqual(LOST_BY_CRASH_MS);
  }, 120_000);
});
