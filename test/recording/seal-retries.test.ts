import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SealedRecording } from '../../src/recording/recorder.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { waitWhile } from '../support/wait-while.ts';
import { folder, open, spooled, useRecorderFolder, wanted } from './recorded-call.ts';
import { CHUNK, chunk, tap } from './spoken-audio.ts';

useRecorderFolder();

test('a seal that failed is tried again by itself, ever less often, counted, and told when it has succeeded', async () => {
  const clock = new ManualClock();
  await using recorder = await open({}, clock);
  const late: SealedRecording[] = [];
  recorder.onSealedLate((sealed) => late.push(sealed));
  const line = recorder.openChannel();
  const { send, close } = tap(line);
  const options = wanted(1_000);
  const recording = await recorder.open(options);
  for (let at = 0; at < 8_000; at += CHUNK) send(chunk(options.recording, 'customer', 400, at));
  close(options.recording, 'customer');
  // where the folder of the year should be
  const year = join(folder, new Date(options.wall).toISOString().slice(0, 4));
  await writeFile(year, '');
  await expect(recording.seal()).rejects.toMatchObject({ code: 'RECORDINGS_UNWRITABLE' });
  line.close();
  expect(recorder.backlog()).toMatchObject({ open: 0, sealing: 0, unsealed: 1 });
  clock.advance(1_000);
  // the second attempt fails as well, and the third waits for longer
  await waitWhile(() => clock.pending === 0 || recorder.backlog().sealing > 0);
  expect(recorder.backlog().unsealed).toBe(1);
  await rm(year);
  clock.advance(4_999);
  expect(late).toEqual([]);
  clock.advance(1);
  await waitWhile(() => late.length === 0);
  expect(late).toMatchObject([{ recording: options.recording, contact: options.contact, problems: [] }]);
  expect((await verifyRecording(late[0]?.path ?? '')).ok).toBe(true);
  expect(recorder.backlog()).toMatchObject({ unsealed: 0 });
  await waitWhile(async () => (await spooled()).length > 0);
});
