import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ContactId, newContactId, newRecordingId, type RecordingId } from '../../src/domain/ids.ts';
import { ms, recordingSample, wallMs } from '../../src/domain/units.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { CallTimes } from '../../src/recording/call-times.ts';
import { openRecorder } from '../../src/recording/open-recorder.ts';
import { SpoolFolder } from '../../src/recording/spool-folder.ts';
import { SpoolLog } from '../../src/recording/spool-log.ts';
import type { TapGap } from '../../src/recording/tap.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { CHUNK, chunk } from './spoken-audio.ts';

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
  const [id, contact] = [newRecordingId(STARTED), newContactId(STARTED)];
  const spoolFolder = join(folder, 'spool');
  await mkdir(spoolFolder, { recursive: true });
  let now = 0;
  const log = new SpoolLog({
    opened: {
      recording: id,
      contact,
      from: '*1',
      to: '*2',
      direction: 'inbound',
      sipCallId: 'x',
      codec: 'PCMU',
      node: 'n',
      software: 's',
      opened: STARTED,
      boot: 'another',
      process: { pid: 1, started: '' },
      retention: { class: 'c', policy: 'p', policy_version: 1, retain_until: '2031-03-01T10:00:00.000Z' },
    },
    disk: new SpoolFolder(spoolFolder, 0),
    now: () => now,
    openedAt: 0,
    memoryBytes: 1 << 20,
    onTrouble: () => undefined,
  });
  await log.open();
  for (let n = 0; n < halfSeconds; n++) {
    now += 500;
    const at = recordingSample(n * CHUNK);
    const gaps = because === undefined ? [] : [{ at, samples: CHUNK, because }];
    log.audio(chunk(id, 'customer', 400, at, CHUNK, gaps));
    log.audio(chunk(id, 'bot', 900, at));
  }
  expect(await log.drain(5_000)).toBeUndefined();
  await log.close();
  return { id, contact };
}

const recover = async (callTimes?: (contact: ContactId) => Promise<CallTimes | undefined>) => {
  await using recorder = await openRecorder(
    { recordingsDir: folder, retention, reserveBytes: 0, ...(callTimes === undefined ? {} : { callTimes }) },
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
