import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newRecordingId, type RecordingId } from '../../src/domain/ids.ts';
import { sharedMs } from '../../src/domain/units.ts';
import type { FaultyDisk } from './faulty-disk.ts';
import { found, spooling, upTo } from './faulty-spool.ts';
import { openedFor } from './opened.ts';

/* One long call beside many short ones: what is needed of old segments is copied forward, and the spool stays small. */

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-compaction-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const SEGMENT_BYTES = 20_000;
const bytesOn = (disk: FaultyDisk): number =>
  [...disk.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);

type Spooling = ReturnType<typeof spooling>;

/** A call of ten pieces, which ends and is released. */
async function shortCall({ keeper, say, settle, end }: Spooling): Promise<RecordingId> {
  const id = newRecordingId(Date.now());
  await keeper.open(openedFor(id), sharedMs(0));
  for (let n = 0; n < 10; n++) {
    say(id, n);
    await settle(100);
  }
  const ending = end(id);
  await settle(300);
  await ending;
  const releasing = keeper.release(id);
  await settle(300);
  await releasing;
  return id;
}

test('the spool holds no more than a few times what is needed, however long one call lasts; all of it is read back whole', async () => {
  const spool = spooling(() => undefined, { segmentBytes: SEGMENT_BYTES });
  const { disk, keeper, say, settle, end } = spool;
  const long = newRecordingId(1);
  await keeper.open(openedFor(long), sharedMs(0));
  const short: RecordingId[] = [];
  let most = 0;
  const calls = 60;
  for (let call = 0; call < calls; call++) {
    say(long, call);
    short.push(await shortCall(spool));
    most = Math.max(most, bytesOn(disk));
    if (call % 10 !== 9) continue;
    expect(await found(folder, disk, long)).toMatchObject({ chunks: upTo(call + 1), problems: [] });
    for (const id of short) expect(await found(folder, disk, id)).toBeUndefined();
  }
  // 60 pieces of 800 octets are needed, with their headers; 60 × 10 were written
  expect(most).toBeLessThan(3 * 60 * 1_100 + 3 * 2 * SEGMENT_BYTES);
  expect(disk.files.size).toBeLessThan(16);
  const ending = end(long);
  await settle(300);
  await ending;
  const releasing = keeper.release(long);
  await settle(300);
  await releasing;
  expect(disk.files.size).toBe(0);
  await keeper.close();
});

test('a loss of power at any operation of it loses nothing and brings nothing back', async () => {
  // in the first run every operation is counted, then the power fails after each of a sample of them
  const run = async (after: number): Promise<number> => {
    let operations = 0;
    let cut = false;
    const lost = (): boolean => cut;
    const spool = spooling(
      (_, n) => {
        operations = n;
        // from here on the platter keeps what it has
        if (n > after) cut = true;
        return cut ? 'EIO' : undefined;
      },
      { segmentBytes: SEGMENT_BYTES },
    );
    const { disk, keeper, say, settle } = spool;
    const long = newRecordingId(1);
    const opening = keeper.open(openedFor(long), sharedMs(0)).catch(() => undefined);
    await settle(300);
    await opening;
    const released: RecordingId[] = [];
    let said = 0;
    for (let call = 0; call < 12 && !lost(); call++) {
      const id = newRecordingId(Date.now());
      const opened = keeper.open(openedFor(id), sharedMs(0)).catch(() => undefined);
      await settle(300);
      await opened;
      for (let n = 0; n < 10 && !lost(); n++) {
        say(id, n);
        if (n === 0) say(long, call);
        await settle(300);
        if (!cut && n === 0) said = call + 1;
      }
      const releasing = keeper.release(id);
      await settle(600);
      if (cut) break;
      await releasing;
      released.push(id);
    }
    const kept = await found(folder, disk, long);
    if (said > 0) {
      expect(kept, `after operation ${after}`).toMatchObject({ named: true, problems: [] });
      expect(kept?.chunks.slice(0, said)).toEqual(upTo(said));
    }
    for (const id of released) expect(await found(folder, disk, id), `after operation ${after}`).toBeUndefined();
    return operations;
  };
  const all = await run(Infinity);
  expect(all).toBeGreaterThan(100);
  for (let after = 3; after < all; after += 3) await run(after);
});

test('a disk that refuses the copy keeps the old segments, and it is tried again', async () => {
  let full = false;
  const spool = spooling((operation) => (full && operation === 'create' ? 'ENOSPC' : undefined), {
    segmentBytes: SEGMENT_BYTES,
  });
  const { disk, keeper, say, settle, end } = spool;
  const long = newRecordingId(1);
  await keeper.open(openedFor(long), sharedMs(0));
  for (let call = 0; call < 6; call++) {
    say(long, call);
    await shortCall(spool);
  }
  full = true;
  for (let pass = 0; pass < 4; pass++) await settle(6_000);
  expect(await found(folder, disk, long)).toMatchObject({ chunks: upTo(6), problems: [] });
  full = false;
  for (let pass = 0; pass < 30; pass++) await settle(6_000);
  expect(bytesOn(disk)).toBeLessThan(3 * SEGMENT_BYTES);
  expect(await found(folder, disk, long)).toMatchObject({ chunks: upTo(6), problems: [] });
  const ending = end(long);
  await settle(300);
  await ending;
  const releasing = keeper.release(long);
  await settle(300);
  await releasing;
  expect(disk.files.size).toBe(0);
  await keeper.close();
});
