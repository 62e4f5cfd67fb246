import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { type RecordingId } from '../../src/domain/ids.ts';
import { sealRecording } from '../../src/recording/seal-recording.ts';
import { packChunks } from '../../src/recording/tap-batch.ts';
import { waitWhile } from '../support/wait-while.ts';
import { folder, manifestOf, open, spooled, spooledBytes, useRecorderFolder, wanted } from './recorded-call.ts';
import { CHUNK, chunk, tap } from './spoken-audio.ts';
import { contentsIn } from './spooled.ts';

useRecorderFolder();

test('chunks that come before the recording is opened, or nonsense, lose nothing and break nothing', async () => {
  await using recorder = await open();
  const line = recorder.openChannel();
  const { send, close } = tap(line);
  const options = wanted(500);
  const id = options.recording;
  send(chunk(id, 'customer', 400, 0), chunk(id, 'bot', 400, 0));
  for (const nonsense of [
    null,
    7,
    {},
    { type: 'chunks' },
    { type: 'chunks', packed: 7 },
    { type: 'chunks', packed: packChunks([{ ...chunk(id, '../x', 1, 0) }]) },
    { type: 'chunks', packed: packChunks([chunk(id, 'customer', 1, 0)]).subarray(0, 50) },
  ])
    line.postMessage(nonsense);
  const recording = await recorder.open(options);
  send(chunk(id, 'customer', 400, CHUNK), chunk(id, 'bot', 400, CHUNK));
  close(id, 'customer', 'bot');
  const sealed = await recording.seal();
  line.close();
  expect(sealed.problems).toEqual([]);
  expect((await manifestOf(sealed)).tracks.map(({ track, received }) => [track, received])).toEqual([
    ['bot', 2 * CHUNK],
    ['customer', 2 * CHUNK],
  ]);
});

test('a tap that is never closed does not hold up the seal for ever; sealing twice is one sealing', async () => {
  await using recorder = await open();
  const line = recorder.openChannel();
  const options = wanted(200);
  const recording = await recorder.open(options);
  tap(line).send(chunk(options.recording, 'customer', 400, 0), chunk(options.recording, 'bot', 400, 0));
  const [one, two] = await Promise.all([recording.seal(), recording.seal()]);
  line.close();
  expect(one).toBe(two);
  expect(one.problems).toEqual([]);
  expect(recorder.backlog()).toMatchObject({ open: 0, sealing: 0 });
});

test('a folder that cannot be written to is said at the start', async () => {
  await expect(open({ recordingsDirectory: '/proc/none' })).rejects.toMatchObject({ code: 'RECORDINGS_UNWRITABLE' });
});

test('a track whose clock runs ahead is moved to where it was heard', async () => {
  await using recorder = await open();
  const line = recorder.openChannel();
  const { send, close } = tap(line);
  const options = wanted(1_000);
  const id: RecordingId = options.recording;
  const recording = await recorder.open(options);
  for (let n = 0; n < 3; n++)
    send(chunk(id, 'customer', 400, 8_000 * 3_600 + n * CHUNK), chunk(id, 'bot', 400, n * CHUNK));
  close(id, 'customer', 'bot');
  const sealed = await recording.seal();
  line.close();
  expect(sealed.duration).toBeLessThan(10_000);
  expect((await manifestOf(sealed)).events.map(({ type }) => type)).toContain('track-moved');
});

test('a recording that is left open when the server stops is recovered whole by the next', async () => {
  const options = wanted(500);
  const id = options.recording;
  {
    await using recorder = await open();
    const line = recorder.openChannel();
    await recorder.open(options);
    tap(line).send(chunk(id, 'customer', 400, 0), chunk(id, 'bot', 400, 0));
    await waitWhile(() => recorder.backlog().oldestUnsyncedMs === 0);
    line.close();
  }
  const { sealed } = await sealRecording(id, () => contentsIn(folder, id), {
    recordingsDirectory: folder,
    spoolFolder: join(folder, 'spool'),
    recovered: true,
    call: undefined,
    wall: Date.now,
  });
  expect(sealed).toMatchObject({ recovered: true, problems: [], duration: 500 });
});

test('a recorder that dies is replaced, and the recording goes on: one file, the hole listed', async () => {
  const workers: Worker[] = [];
  const onWorker = (worker: Worker): void => void workers.push(worker);
  process.on('worker', onWorker);
  await using recorder = await open();
  process.off('worker', onWorker);
  const options = wanted(2_500);
  const id = options.recording;
  const troubles: string[] = [];
  recorder.onTrouble((_, code) => troubles.push(code));
  const recording = await recorder.open(options);
  const first = recorder.openChannel();
  const opened = await spooledBytes();
  tap(first).send(chunk(id, 'customer', 400, 0), chunk(id, 'bot', 400, 0));
  await waitWhile(async () => (await spooledBytes()) < opened + 2 * CHUNK); // what waits for a commit dies with it
  const replaced = new Promise<void>((resolve) => recorder.onChannelNeeded(resolve));
  await workers[0]?.terminate();
  await replaced;
  const second = recorder.openChannel();
  tap(second).send(chunk(id, 'customer', 400, 16_000), chunk(id, 'bot', 400, 16_000));
  tap(second).close(id, 'customer', 'bot');
  const sealed = await recording.seal();
  first.close();
  second.close();
  expect(troubles).toEqual(['INTERNAL']);
  expect(sealed.problems).toEqual([expect.stringMatching(/^spool: records \d+ to \d+ are missing/)]);
  const { tracks, gaps, spool } = await manifestOf(sealed);
  expect(tracks.map(({ received }) => received)).toEqual([2 * CHUNK, 2 * CHUNK]);
  // the call goes on until it is ended, which is later where the machine is slow
  const within = gaps.filter(({ at }) => at < 5 * CHUNK);
  expect(within).toEqual([{ track: 'customer', at: CHUNK, samples: 12_000, because: 'not-received' }]);
  expect(spool.segments).toBe(2);
  expect(await spooled()).toEqual([]);
});
