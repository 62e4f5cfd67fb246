import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordingSample, recordingMs } from '../../src/domain/units.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { formatAudio } from '../../src/recording/audio-record.ts';
import { readFormerSpool } from '../../src/recording/former-spool/read-former-spool.ts';
import {
  LOG_HEAD,
  LogChain,
  type LogRecord,
  RECORD_MARK,
  RECORD_OVERHEAD,
  RECORD_TYPES,
  saltOf,
} from '../../src/recording/former-spool/record-log.ts';
import type { Manifest } from '../../src/recording/manifest.ts';
import { openRecorder } from '../../src/recording/open-recorder.ts';
import { readBoot, thisProcess } from '../../src/recording/owning-process.ts';
import type { SealedRecording } from '../../src/recording/recorder.ts';
import { verifyRecording } from '../../src/recording/verify-recording.ts';
import { waitingRecordings } from '../../src/recording/waiting-recordings.ts';
import { openedFor } from './opened.ts';

/* What 0.1 left of a call that a crash cut off: its spool, as its recorder wrote it. */

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'former-spool-'));
  await mkdir(join(folder, 'spool'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const opened = openedFor();
const id = opened.recording;

function formatRecord({ payload, ...record }: LogRecord): Buffer {
  const bytes = Buffer.allocUnsafe(RECORD_OVERHEAD + payload.length);
  bytes.set(RECORD_MARK, 0);
  bytes.writeUInt32BE(payload.length, 4);
  bytes.writeUInt32BE(record.sequence, 8);
  bytes.writeUInt32BE(record.at, 12);
  bytes.writeUInt8(RECORD_TYPES[record.type], 16);
  bytes.set(payload, 17);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, bytes.length - 4), saltOf(id)), bytes.length - 4);
  return bytes;
}

/** Ten chunks of a tenth of a second, a link of the chain after every fourth. */
function formerLog(owner: {
  readonly boot: string;
  readonly process: { readonly pid: number; readonly started: string };
}): Buffer {
  const head = Buffer.from(JSON.stringify({ ...opened, ...owner }));
  const chain = new LogChain(head);
  const parts: Buffer[] = [
    Buffer.from(LOG_HEAD),
    formatRecord({ sequence: 0, at: recordingMs(0), type: 'opened', payload: head }),
  ];
  let sequence = 0;
  const add = (type: LogRecord['type'], payload: Uint8Array): void => {
    const bytes = formatRecord({ sequence: ++sequence, at: recordingMs(sequence * 100), type, payload });
    chain.add(bytes);
    parts.push(bytes);
  };
  for (let n = 0; n < 10; n++) {
    const at = recordingSample(n * 800);
    const payload = new Uint8Array(800).fill(n);
    add('audio', Buffer.concat(formatAudio({ track: 'customer', codec: 'PCMU', at, gaps: [], payload })));
    if (n % 4 === 3) add('chain', chain.link());
  }
  return Buffer.concat(parts);
}

async function recover(): Promise<readonly SealedRecording[]> {
  const retention = { class: 'c', policy: 'p', policy_version: 1, years: 5 };
  await using recorder = await openRecorder(
    { recordingsDirectory: folder, retention, reserveBytes: 0 },
    systemClock,
    silentLogger,
  );
  return await recorder.recover();
}
const path = (): string => join(folder, 'spool', `${id}.log`);

test('it waits, is sealed by the next start, bit for bit, and is gone from the spool', async () => {
  await writeFile(path(), formerLog({ boot: 'an earlier one', process: { pid: 1, started: '' } }));
  expect([...(await waitingRecordings([join(folder, 'spool')]))]).toEqual([id]);
  const [sealed, ...more] = await recover();
  expect(more).toEqual([]);
  expect(sealed).toMatchObject({
    recording: id,
    contact: opened.contact,
    recovered: true,
    problems: [],
    duration: 1_000,
  });
  const track = (await readFile(join(sealed?.path ?? '', '..', 'tracks/customer.pcmu.wav'))).subarray(58);
  for (let n = 0; n < 10; n++) expect(track.subarray(n * 800, (n + 1) * 800).every((code) => code === n)).toBe(true);
  // it was written with longer waits than today
  expect((JSON.parse(await readFile(sealed?.manifestPath ?? '', 'utf8')) as Manifest).lost_ms).toBe(1_500);
  expect(await verifyRecording(sealed?.path ?? '')).toMatchObject({ ok: true });
  expect(await readdir(join(folder, 'spool'))).toEqual([]);
});

test('one of a process that lives is left alone; damage in it is told', async () => {
  await writeFile(path(), formerLog({ boot: await readBoot(), process: await thisProcess() }));
  expect(await recover()).toEqual([]);
  const log = formerLog({ boot: 'an earlier one', process: { pid: 1, started: '' } });
  log.fill(0x5a, 3_000, 3_100);
  await writeFile(path(), log);
  await using spool = await readFormerSpool(id, [path()], '');
  expect(spool.audio).toHaveLength(9);
  const [sealed] = await recover();
  expect(sealed?.problems).toEqual([expect.stringMatching(/^spool: records \d+ to \d+ are missing/)]);
});

test('records that were exchanged, each of them whole, break its chain', async () => {
  const log = formerLog({ boot: '', process: { pid: 1, started: '' } });
  const from = log.indexOf(RECORD_MARK, LOG_HEAD.length + 4);
  const forged = formatRecord({
    sequence: 1,
    at: recordingMs(100),
    type: 'audio',
    payload: Buffer.concat(
      formatAudio({
        track: 'customer',
        codec: 'PCMU',
        at: recordingSample(0),
        gaps: [],
        payload: Buffer.alloc(800, 0x55),
      }),
    ),
  });
  forged.copy(log, from);
  await writeFile(path(), log);
  await using spool = await readFormerSpool(id, [path()], '');
  expect(spool.problems).toEqual(['spool: the chain is broken at record 5']);
});
