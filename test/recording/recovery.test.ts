import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ContactId, newRecordingId, type RecordingId } from '../../src/domain/ids.ts';
import { ms, recordingSample, wallMs } from '../../src/domain/units.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { CallTimes } from '../../src/recording/call-times.ts';
import { openRecorder } from '../../src/recording/open-recorder.ts';
import type { TapGap } from '../../src/recording/tap.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { openedFor } from './opened.ts';
import { CHUNK, chunk } from './spoken-audio.ts';
import { leaveSpooled } from './spooled.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recovery-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const STARTED = Date.parse('2026-03-01T10:00:00.000Z');
const retention = { class: 'c', policy: 'p', policy_version: 1, years: 5 };

/** What a process that was killed left of a call: half seconds of both tracks. */
async function leave(
  halfSeconds: number,
  because?: TapGap['because'],
): Promise<{ id: RecordingId; contact: ContactId }> {
  const opened = openedFor(newRecordingId(STARTED), STARTED);
  const id = opened.recording;
  const chunks = Array.from({ length: halfSeconds }, (_, n) => {
    const at = recordingSample(n * CHUNK);
    const gaps = because === undefined ? [] : [{ at, samples: CHUNK, because }];
    return [chunk(id, 'customer', 400, at, CHUNK, gaps), chunk(id, 'bot', 900, at)];
  });
  await leaveSpooled(folder, opened, chunks.flat());
  return { id, contact: opened.contact };
}

const recover = async (callTimes?: (contact: ContactId) => Promise<CallTimes | undefined>) => {
  await using recorder = await openRecorder(
    { recordingsDirectory: folder, retention, reserveBytes: 0, ...(callTimes === undefined ? {} : { callTimes }) },
    systemClock,
    silentLogger,
  );
  return await recorder.recover();
};
const times = (answered: number | undefined, ended: number): CallTimes => ({
  offered: wallMs(STARTED - 5),
  answered: answered === undefined ? undefined : ms(answered),
  ended: ms(ended),
  prompted: ms(2_000),
});

test('a disk that died six seconds into a call of thirty-six: what is recovered is not verified', async () => {
  await leave(12);
  const [sealed] = await recover(() => Promise.resolve(times(200, 36_000)));
  const missing = expect.stringMatching(
    /^call: 30\.0 s of the customer's 35\.8 s were not recorded and no gap says why, the longest from 6\.0 to 36\.0 s$/,
  );
  expect(sealed).toMatchObject({ recovered: true, problems: [missing] });
  expect(await verifyRecording(sealed?.path ?? '')).toMatchObject({ ok: false, intact: true, problems: [missing] });
});

test('a call that was killed with its process lacks no more than was promised, and is verified', async () => {
  await leave(12);
  expect(await recover(() => Promise.resolve(times(200, 6_900)))).toMatchObject([{ recovered: true, problems: [] }]);
});

test('what is left of a call that was never answered is removed, unless somebody was heard', async () => {
  await leave(8, 'no-rtp');
  expect(await recover(() => Promise.resolve(times(undefined, 32_000)))).toEqual([]);
  expect(await readdir(join(folder, 'spool'))).toEqual([]);
  const heard = await leave(8);
  const [kept] = await recover(() => Promise.resolve(times(undefined, 32_000)));
  expect(kept).toMatchObject({ recording: heard.id, problems: [] });
  expect((await verifyRecording(kept?.path ?? '')).remarks).toEqual(['the call was never answered']);
});

test('a journal that does not know the call, or cannot be read, keeps nothing from being sealed', async () => {
  await leave(4);
  await leave(4, 'no-rtp');
  expect(await recover(() => Promise.resolve(undefined))).toHaveLength(2);
  await leave(4);
  expect(await recover(() => Promise.reject(new Error('the database is away')))).toMatchObject([{ problems: [] }]);
});
