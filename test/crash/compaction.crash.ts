import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { newRecordingId, type RecordingId } from '../../src/domain/ids.ts';
import { wallMs } from '../../src/domain/units.ts';
import { readSpool } from '../../src/recording/read-spool.ts';
import { surveySpool } from '../../src/recording/spool-survey.ts';
import { KEYS } from '../recording/spooled.ts';
import { type LoopDisk, openLoopDisk } from './loop-disk.ts';
import { random, SEED } from './seeded.ts';

/* The spool of a process that copies forward what is still needed is killed, or loses its power: nothing is lost, and nothing comes back. */

const CHILD = fileURLToPath(new URL('compacting-child.mjs', import.meta.url));
console.log(`TELLERLINE_TEST_SEED=${SEED}`);

interface Said {
  readonly safe: number;
  readonly released: readonly string[];
}

/**
 * @param die - called with the process at a moment that is drawn, after it has said enough
 * @param when - soon: compaction may not have begun
 */
async function untilDeath(
  folder: string,
  long: string,
  draw: () => number,
  die: (kill: () => void) => void,
  when: 'soon' | 'after it has compacted',
): Promise<Said> {
  const child = spawn(process.execPath, [CHILD, folder, long], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const enough = 60 + Math.floor(draw() * 120);
  let [safe, dying] = [-1, false];
  const released: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    const [word, value = ''] = line.split(' ');
    if (word === 'safe') safe = Number(value);
    if (word === 'released') released.push(value);
    if (dying || safe < enough) continue;
    // smaller than what was written
    if (when !== 'soon' && (await bytesIn(folder)) >= safe * 12 * 800) continue;
    dying = true;
    setTimeout(() => die(() => child.kill('SIGKILL')), draw() * 40);
  }
  await exited;
  return { safe, released };
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name)).catch(() => ({ size: 0 }))).size;
  return bytes;
}

async function expectKept(folder: string, long: RecordingId, { safe, released }: Said): Promise<void> {
  const { recordings, unreadable } = await surveySpool([folder], KEYS, () => true, wallMs(Date.now()));
  expect(unreadable).toEqual([]);
  const waiting = new Map(recordings.map(({ recording, places }) => [recording as string, places]));
  expect(released.filter((id) => waiting.has(id))).toEqual([]);
  // at most the one under way beside it
  expect(waiting.size).toBeLessThanOrEqual(2);
  const places = waiting.get(long);
  if (places === undefined) throw new Error('the long call is gone');
  await using spool = await readSpool(long, places, [folder], KEYS);
  expect(spool.problems).toEqual([]);
  const chunks = [...new Set(spool.audio.map(({ at }) => at / 800))];
  expect(chunks.slice(0, safe + 1)).toEqual(Array.from({ length: safe + 1 }, (_, n) => n));
  for (const { at, octets } of spool.audio) expect(octets()[0]).toBe((at / 800) & 0x7f);
}

/** Of every three one, whatever it is doing. */
const moment = (n: number) => (n % 3 === 0 ? 'soon' : 'after it has compacted');
describe('compaction of the spool', () => {
  for (let n = 1; n <= 12; n++)
    test(`kill -9, ${n} of 12`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tellerline-compaction-'));
      try {
        const long = newRecordingId(Date.now());
        const said = await untilDeath(folder, long, random(3_000 + n), (kill) => kill(), moment(n));
        await expectKept(folder, long, said);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
});

const opened = openLoopDisk(128);
if (typeof opened === 'string') console.log(`skipped: power cuts: ${opened}`);
describe.skipIf(typeof opened === 'string')('compaction of the spool, power cuts', () => {
  const disk = opened as LoopDisk;
  afterAll(() => disk[Symbol.dispose]());
  for (let n = 1; n <= 6; n++)
    test(`${n} of 6`, async () => {
      const folder = await mkdtemp(join(disk.folder, 'spool-'));
      const long = newRecordingId(Date.now());
      const cut = (kill: () => void): void => {
        disk.cutPower();
        kill();
      };
      const said = await untilDeath(folder, long, random(3_100 + n), cut, moment(n));
      disk.powerOn();
      await expectKept(folder, long, said);
      await rm(folder, { recursive: true });
    });
});
