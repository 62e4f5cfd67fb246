import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/app/migrations.ts';
import { expectNotMoved } from '../../src/app/moved-mark.ts';
import { openArchive } from '../../src/app/open-archive.ts';
import { storageOptions } from '../../src/app/storage-options.ts';
import { archiveRecording } from '../../src/archive/pipeline/archive-recording.ts';
import { openAudioSealer } from '../../src/archive/pipeline/open-audio-sealer.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { Scope } from '../../src/lib/scope.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { sealedForTest } from '../archive/pipeline/sealed-recording.ts';
import { utterance } from '../support/archive-rows.ts';
import { hasPeer } from '../support/peers.ts';
import { type Cluster, noPostgresql, openCluster } from '../support/postgresql.ts';
import { type S3Server, sharedS3 } from '../support/shared-s3.ts';
import { runTellerline, writeConfig } from '../support/server-process.ts';
import { random, SEED } from './seeded.ts';

/* `archive move`, killed for real: after each thing that it says, and at moments that are drawn. It goes on where it was, and in the end nothing is missing. */

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const RECORDINGS = 6;
const KILLS = 8;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-move-killed-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** An archive on SQLite and files, as a server leaves it. */
async function fill(config: string): Promise<void> {
  await using scope = new Scope();
  const loaded = await loadConfig({ environment: {}, file: config });
  const storage = scope.use(
    await openStorage({ ...(await storageOptions(loaded)), migrations: MIGRATIONS }, silentLogger),
  );
  const archive = await openArchive(loaded, storage, scope, silentLogger);
  const sealer = scope.use(openAudioSealer());
  for (let n = 0; n < RECORDINGS; n++) {
    const { recording, folder: source } = await sealedForTest(loaded.recordings.directory, { callMs: 500 });
    const facts = {
      description: {
        accountHashes: [],
        agents: [],
        queues: [],
        intents: [],
        language: 'en',
        outcome: 'caller-hung-up',
        dialplan: 'd',
        dialplanVersion: 1,
        unheardNotices: [],
        level: 'C2' as const,
      },
      events: [],
      found: [],
      secret: [],
      receipts: [],
      journal: '[]',
      segments: [utterance(`words of call ${n}`)],
      transcript: undefined,
    };
    const wall = () => systemClock.wall();
    await archiveRecording(
      recording,
      source,
      { ...archive, sealer, facts: () => Promise.resolve(facts), wall },
      { workFolder: archive.places.work, keepSealedMs: 0, software: 'test' },
    );
  }
}

interface Run {
  readonly lines: readonly string[];
  readonly killed: boolean;
  readonly status: number | null;
  readonly ms: number;
}

/** @param after - it is killed after so many lines, or so many ms; undefined: never */
async function move(
  from: string,
  to: string,
  after: { readonly lines: number } | { readonly ms: number } | undefined,
): Promise<Run> {
  const began = performance.now();
  const child = spawn(process.execPath, [MAIN, 'archive', 'move', '--to', to, '--config', from], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<{ status: number | null; killed: boolean }>((resolve) =>
    child.once('exit', (status, signal) => resolve({ status, killed: signal === 'SIGKILL' })),
  );
  const timer = after !== undefined && 'ms' in after ? setTimeout(() => child.kill('SIGKILL'), after.ms) : undefined;
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (after !== undefined && 'lines' in after && lines.length === after.lines) child.kill('SIGKILL');
  }
  clearTimeout(timer);
  return { lines, ...(await exited), ms: performance.now() - began };
}

describe.skipIf(noPostgresql || !hasPeer('radosgw'))('archive move, killed', () => {
  let cluster: Cluster;
  let s3: S3Server;
  beforeAll(async () => {
    console.log(`TELLERLINE_TEST_SEED=${SEED}`);
    [cluster, s3] = await Promise.all([openCluster(), sharedS3()]);
  }, 180_000);
  afterAll(() => cluster[Symbol.asyncDispose]());

  /** @returns the configuration of a new place, empty */
  async function place(name: string): Promise<string> {
    const { address } = await cluster.database();
    const home = join(folder, name);
    await mkdir(home);
    await writeFile(join(home, 's3.secret'), s3.secretKey, { mode: 0o600 });
    return writeConfig(home, {
      'storage.url': `postgres://tellerline@x/${address.database}?host=${encodeURIComponent(address.host)}&sslmode=disable`,
      'recordings.directory': join(folder, 'recordings'),
      'staff.key_file': join(folder, 'staff-key'),
      'archive.directory': join(home, 'archive'),
      'archive.blobs': 's3',
      'archive.s3_endpoint': s3.endpoint,
      'archive.s3_bucket': await s3.bucket(true),
      'archive.s3_prefix': 'tellerline/',
      'archive.s3_access_key': s3.accessKey,
      'archive.s3_secret_file': join(home, 's3.secret'),
    });
  }
  const notMoved = async (config: string): Promise<void> =>
    expectNotMoved(await loadConfig({ environment: {}, file: config }));
  const isHere = (config: string): Promise<boolean> =>
    notMoved(config).then(
      () => true,
      () => false,
    );

  async function expectMoved({ status, lines }: Run, from: string, to: string): Promise<void> {
    expect(status, lines.join('\n')).toBe(0);
    expect(lines.join('\n')).toContain('complete: start the server with');
    await expect(notMoved(from)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    const list = async (config: string): Promise<unknown> =>
      JSON.parse((await runTellerline('archive', 'list', '--json', '--config', config)).stdout) as unknown;
    const [was, is] = [await list(from), await list(to)];
    expect(is).toEqual(was);
    expect(is).toHaveLength(RECORDINGS);
    expect(await runTellerline('archive', 'fsck', '--config', to)).toMatchObject({
      status: 0,
      stdout: `${RECORDINGS} recordings checked, 0 with problems\n`,
    });
  }

  test('after each thing that it says, and again at moments that are drawn', async () => {
    const from = await writeConfig(folder);
    await fill(from);
    const first = await place('first');
    let whole: Run | undefined;
    let unmarked = 0;
    for (let lines = 1; whole === undefined; lines++) {
      const run = await move(from, first, { lines });
      // the mark is made when all checks have passed, before they are told: from then on each run says the same
      if (!run.killed) whole = run;
      else if (await isHere(from)) unmarked += 1;
      expect(lines).toBeLessThan(60);
    }
    expect(unmarked).toBeGreaterThan(2);
    await expectMoved(whole, from, first);

    await rm(join(folder, 'archive-moved'));
    const draw = random(4_000);
    const second = await place('second');
    let kills = 0;
    for (let n = 0; n < KILLS; n++) {
      const run = await move(from, second, { ms: 100 + draw() * whole.ms });
      if (!run.killed) break;
      kills += 1;
      if (!(await isHere(from))) break;
    }
    expect(kills).toBeGreaterThan(0);
    await rm(join(folder, 'archive-moved'), { force: true });
    await expectMoved(await move(from, second, undefined), from, second);
  }, 600_000);
});
