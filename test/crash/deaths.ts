import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOST_BY_CRASH_MS } from '../../src/recording/loss-limits.ts';
import { DIALPLANS, type ServerProcess, startServer } from '../support/server-process.ts';
import { freePort } from '../support/sipp.ts';
import { expectComplete } from './aftermath.ts';
import { type RoundOptions, survive } from './round.ts';
import { random, SEED } from './seeded.ts';

export interface Deaths extends Pick<RoundOptions, 'die' | 'unknownMs'> {
  /** What the tests are called by. */
  readonly name: string;
  readonly count: number;
  /** In every so many of them a caller talks with a person. */
  readonly personEvery: number;
  /** Of the first draw. */
  readonly stream: number;
  /** A folder is made in here, by this prefix. */
  readonly folder: string;
  /** What the folder is on goes as well. */
  readonly release: (folder: string) => void | Promise<void>;
}

/** Tests of a server that dies in calls again and again, at moments that are drawn, and of what is there after all of them. */
export function testDeaths({
  name,
  count,
  personEvery,
  stream,
  folder: prefix,
  release,
  die,
  unknownMs,
}: Deaths): void {
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
    folder = await mkdtemp(prefix);
    personPort = await freePort();
    server = await start(0);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await release(folder);
  });

  for (let n = 1; n <= count; n++)
    test(`${name} in calls, ${n} of ${count}`, async () => {
      const lostMs = await survive(server, n % personEvery === 0, {
        draw: random(stream + n),
        personPort,
        die,
        restart: async () => (server = await start(server.sip.port)),
        recordings: join(folder, 'recordings'),
        mostMs: LOST_BY_CRASH_MS,
        unknownMs,
      });
      lost.push(...lostMs);
    });

  test('after all of them every answered call has a verified recording, in the archive too', async () => {
    await expectComplete(server);
    expect(lost.length).toBeGreaterThanOrEqual(2 * count);
    const worst = Math.max(...lost);
    console.log(`lost at the end of ${lost.length} calls: ${worst} ms at most`);
    expect(worst).toBeLessThanOrEqual(LOST_BY_CRASH_MS);
  });
}
