import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOST_BY_CRASH_MS } from '../../src/recording/loss-limits.ts';
import { DIALPLANS, type ServerProcess, startServer } from '../support/server-process.ts';
import { freePort } from '../support/sipp.ts';
import { expectComplete } from './aftermath.ts';
import { survive } from './round.ts';
import { random, SEED } from './seeded.ts';

/* kill -9 of a server in calls, at moments that are drawn. */

const KILLS = 20;
const PERSON_EVERY = 4;
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
  folder = await mkdtemp(join(tmpdir(), 'tellerline-kills-'));
  personPort = await freePort();
  server = await start(0);
}, 90_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

for (let n = 1; n <= KILLS; n++)
  test(`kill -9 in calls, ${n} of ${KILLS}`, async () => {
    const lostMs = await survive(server, n % PERSON_EVERY === 0, {
      draw: random(n),
      personPort,
      async die(victim) {
        const at = Date.now();
        victim.kill('SIGKILL');
        await victim.exited;
        return at;
      },
      restart: async () => (server = await start(server.sip.port)),
      recordings: join(folder, 'recordings'),
      mostMs: LOST_BY_CRASH_MS,
      unknownMs: 0,
    });
    lost.push(...lostMs);
  }, 120_000);

test('after all of them every answered call has a verified recording, in the archive too', async () => {
  await expectComplete(server);
  expect(lost.length).toBeGreaterThanOrEqual(2 * KILLS);
  const worst = Math.max(...lost);
  console.log(`lost at the end of ${lost.length} calls: ${worst} ms at most`);
  expect(worst).toBeLessThanOrEqual(LOST_BY_CRASH_MS);
}, 120_000);
