import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { asError } from '../../src/domain/error.ts';
import type { Manifest } from '../../src/recording/manifest.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { type FaultMode, faultShimMissing } from '../support/fault-shim.ts';
import { sealedBelow } from './aftermath.ts';
import { type Chunk, type Faulted, FaultyProcess } from './faulty-process.ts';
import { random, sample, SEED } from './seeded.ts';

/*
 * A call is recorded, sealed and archived, and the k-th system call of all that fails: for every k (`-- --all`), or a sample. Nothing
 * is lost silently: the recording is whole, verified and archived, or its call was refused, or what it lacks was told.
 */

const CHUNKS = 20;
const WAV_HEADER = 58;
/** How many of each are sampled. */
const SAMPLED = {
  'io-error': 24,
  'no-space': 15,
  'short-write': 12,
  'lost-pages': 10,
  kill: 14,
  dead: 5,
  full: 5,
} as const satisfies Partial<Record<FaultMode, number>>;
type Mode = keyof typeof SAMPLED;

if (faultShimMissing !== undefined) console.log(`skipped: faults of system calls: ${faultShimMissing}`);
const faulty = faultShimMissing === undefined ? new FaultyProcess() : undefined;
console.log(`TELLERLINE_TEST_SEED=${SEED}`);

/** How many calls of each mode there are, when none fails. */
async function counted(process: FaultyProcess, mode: Mode): Promise<number> {
  const { fault, ...rest } = await process.run(mode, Number.MAX_SAFE_INTEGER % 2 ** 31);
  await expectWhole({ fault, ...rest });
  const told = [...(rest.recorded?.told ?? []), ...rest.found.told].filter((line) => !line.includes('has no backup'));
  expect(told, 'nothing is told when nothing fails').toEqual([]);
  return fault.seen;
}

/** Of each track of the sealed recording, the chunks that are whole. */
async function chunksIn(folder: string, { tracks }: Manifest, sent: readonly Chunk[]): Promise<readonly number[][]> {
  const found: number[][] = [];
  for (const { path } of tracks) {
    const samples = (await readFile(join(folder, path))).subarray(WAV_HEADER);
    const whole = ({ at, length }: Chunk, n: number): boolean => {
      const part = samples.subarray(at, at + length);
      return part.length === length && part.every((code) => code === n);
    };
    found.push(sent.flatMap((chunk, n) => (whole(chunk, n) ? [n] : [])));
  }
  return found;
}

const ALL_CHUNKS = Array.from({ length: CHUNKS }, (_, n) => n);

/** Verified, archived, every sample of it there. */
async function expectWhole({ folder, sent, found }: Faulted): Promise<void> {
  const [sealed] = (await sealedBelow(join(folder, 'recordings'))).values();
  if (sealed === undefined) throw new Error('there is no sealed recording');
  expect(await verifyRecording(sealed.folder)).toMatchObject({ ok: true, problems: [] });
  expect(await chunksIn(sealed.folder, sealed.manifest, sent)).toEqual([ALL_CHUNKS, ALL_CHUNKS]);
  expectArchived(found, sealed.manifest.recording);
}

function expectArchived(found: Faulted['found'], recording: string): void {
  expect(found.archived).toEqual([{ id: recording, state: 'VERIFIED' }]);
  expect(found.fsck).toEqual([]);
}

/** No event is missing, twice or torn; what was flushed is there also after a kill. */
function expectJournal({ found, acknowledged, recorded }: Faulted): void {
  const seqs = found.events.map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, n) => n + 1));
  expect(seqs.length).toBeGreaterThanOrEqual(acknowledged?.events ?? 0);
  if (recorded !== undefined) expect(found.events.map(({ type }) => type)).toContain('call-ended');
}

/** After a fault that passes: nothing was lost, or nobody was answered. */
async function expectNothingLost(faulted: Faulted): Promise<void> {
  expectJournal(faulted);
  if (faulted.recorded?.refused === undefined) await expectWhole(faulted);
  // what was meant to be recorded was never answered: the reconciler says so
  else expect(faulted.found.archived.filter(({ state }) => state !== 'EXPECTED')).toEqual([]);
}

/** After a disk that did not come back: what is missing was told. */
async function expectLossTold(faulted: Faulted): Promise<void> {
  const { folder, sent, found, recorded } = faulted;
  if (recorded === undefined) throw new Error('the process died');
  if (recorded.refused !== undefined) return;
  const [sealed] = (await sealedBelow(join(folder, 'recordings'))).values();
  const chunks = sealed === undefined ? [] : await chunksIn(sealed.folder, sealed.manifest, sent);
  if (chunks.length === 2 && chunks.every((track) => track.length === CHUNKS)) return expectWhole(faulted);
  expect(recorded.told.join('; ')).toMatch(/lost \d+ ms|DISK_FULL|RECORDINGS_UNWRITABLE/);
  // and what is there says so itself
  if (sealed !== undefined) expect((await verifyRecording(sealed.folder)).intact).toBe(true);
  expect(found.recovered, 'what the disk had before').toBe(sealed === undefined ? 0 : 1);
}

/** After a kill: all that was durable. */
async function expectDurable(faulted: Faulted): Promise<void> {
  expectJournal(faulted);
  const { folder, sent, found, acknowledged } = faulted;
  if (acknowledged === undefined) return;
  const sealed = (await sealedBelow(join(folder, 'recordings'))).get(acknowledged.contact);
  if (acknowledged.chunks > 0 && sealed === undefined) throw new Error('a recording that was durable is gone');
  if (sealed === undefined) return;
  expect(await verifyRecording(sealed.folder)).toMatchObject({ ok: true, problems: [] });
  const durable = ALL_CHUNKS.slice(0, acknowledged.chunks);
  for (const track of await chunksIn(sealed.folder, sealed.manifest, sent))
    expect(track).toEqual(expect.arrayContaining(durable));
  expectArchived(found, acknowledged.recording);
}

const EXPECTED: Readonly<Record<Mode, (faulted: Faulted) => Promise<void>>> = {
  'io-error': expectNothingLost,
  'no-space': expectNothingLost,
  'short-write': expectNothingLost,
  'lost-pages': expectNothingLost,
  kill: expectDurable,
  dead: expectLossTold,
  full: expectLossTold,
};

const modes = Object.keys(SAMPLED) as Mode[];
const calls = new Map<Mode, number>();
if (faulty !== undefined) for (const mode of modes) calls.set(mode, await counted(faulty, mode));

describe.skipIf(faulty === undefined)('a system call fails', () => {
  let folder = '';
  afterEach(async () => {
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });
  afterAll(() => faulty?.[Symbol.dispose]());

  for (const [stream, mode] of modes.entries()) {
    const last = calls.get(mode) ?? 0;
    for (const at of sample(last, SAMPLED[mode], random(2_000 + stream)))
      test(`${mode} at call ${at} of ${last}`, async () => {
        const faulted = await faulty!.run(mode, at);
        ({ folder } = faulted);
        try {
          await EXPECTED[mode](faulted);
        } catch (thrown) {
          const told = [...(faulted.recorded?.told ?? ['it was killed']), '| next start:', ...faulted.found.told];
          throw new Error(`${faulted.fault.what}: ${asError(thrown).message}\ntold: ${told.join('; ')}`, {
            cause: thrown,
          });
        }
      }, 150_000);
  }
});
