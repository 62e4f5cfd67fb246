import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newContactId, newRecordingId, type RecordingId } from '../../src/domain/ids.ts';
import { formatAudio, parseAudio } from '../../src/recording/audio-record.ts';
import { formatOpened, type OpenedRecording } from '../../src/recording/opened-recording.ts';
import { readSpool } from '../../src/recording/read-spool.ts';
import {
  formatRecord,
  LOG_HEAD,
  LogChain,
  type LogRecord,
  parseRecord,
  saltOf,
} from '../../src/recording/record-log.ts';
import type { GapReason } from '../../src/recording/tap.ts';
import { recordingSample } from '../../src/domain/units.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'record-log-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const id: RecordingId = newRecordingId(1_700_000_000_000);
const salt = saltOf(id);
const opened: OpenedRecording = {
  recording: id,
  contact: newContactId(1_700_000_000_000),
  from: '*1',
  to: '*2',
  direction: 'inbound',
  sipCallId: 'x',
  codec: 'PCMU',
  node: 'n',
  software: 's',
  opened: 1_700_000_000_000,
  boot: '',
  process: { pid: 1, started: '' },
  retention: { class: 'c', policy: 'p', policy_version: 1, retain_until: '2030-01-01T00:00:00.000Z' },
};

/** A whole log of `n` chunks, each byte of a chunk being its number, with a link of the chain after every fourth. */
function log(n: number): { readonly bytes: Buffer; readonly ends: readonly number[] } {
  const chain = new LogChain(formatOpened(opened));
  const parts: Buffer[] = [
    Buffer.from(LOG_HEAD),
    formatRecord(salt, { sequence: 0, at: 0, type: 'opened', payload: formatOpened(opened) }),
  ];
  let sequence = 0;
  const add = (type: LogRecord['type'], payload: Uint8Array): void => {
    const bytes = formatRecord(salt, { sequence: ++sequence, at: sequence * 100, type, payload });
    chain.add(bytes);
    parts.push(bytes);
  };
  for (let i = 0; i < n; i++) {
    add(
      'audio',
      formatAudio({
        track: 'customer',
        codec: 'PCMU',
        at: recordingSample(i * 800),
        gaps: [],
        payload: Buffer.alloc(800, i),
      }),
    );
    if (i % 4 === 3) add('chain', chain.link());
  }
  add('end', Buffer.alloc(0));
  let end = 0;
  const ends = parts.map((part) => (end += part.length));
  return { bytes: Buffer.concat(parts), ends };
}

const reason = fc.constantFrom<GapReason>('loss', 'no-rtp', 'masked', 'hold', 'overflow');
const sample = fc.nat(86_400 * 8_000).map(recordingSample);

test('an audio record is read back as it was written', () => {
  const audio = fc.record({
    track: fc.constantFrom('customer', 'bot', 'agent', 'supervisor-2'),
    codec: fc.constantFrom('PCMU' as const, 'PCMA' as const),
    at: sample,
    gaps: fc.array(fc.record({ at: sample, samples: sample, because: reason }), { maxLength: 5 }),
    payload: fc.uint8Array({ maxLength: 4_000 }),
  });
  fc.assert(
    fc.property(audio, (record) => {
      const { offset, payload, ...rest } = parseAudio(formatAudio(record)) ?? { offset: 0, payload: undefined };
      expect({ ...rest, payload: Buffer.from(payload ?? []) }).toEqual({
        ...record,
        payload: Buffer.from(record.payload),
      });
      expect(formatAudio(record).subarray(offset)).toEqual(Buffer.from(record.payload));
    }),
  );
});

test('whatever bytes come, the parsers do not throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(320), (bytes, offset) => {
      parseRecord(Buffer.from(bytes), offset, salt);
      parseAudio(bytes);
    }),
    { numRuns: 1_000 },
  );
});

/** Reads a log and checks that every piece is one that was written, byte for byte. */
async function readBack(
  name: string,
  bytes: Uint8Array,
): Promise<{
  readonly chunks: readonly number[];
  readonly problems: readonly string[];
  readonly ended: boolean;
  readonly named: boolean;
}> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  await using spool = await readSpool(id, [path]);
  const chunks: number[] = [];
  for (const piece of spool.audio) {
    const payload = Buffer.alloc(piece.length);
    await piece.file.read(payload, 0, piece.length, piece.position);
    const n = piece.at / 800;
    expect(piece.length).toBe(800);
    expect(payload.every((code) => code === n)).toBe(true);
    chunks.push(n);
  }
  return { chunks, problems: spool.problems, ended: spool.ended !== undefined, named: spool.opened !== undefined };
}

const whole = log(20);
const all = Array.from({ length: 20 }, (_, n) => n);

test('a whole log is read whole', async () => {
  expect(await readBack('whole', whole.bytes)).toEqual({ chunks: all, problems: [], ended: true, named: true });
});

test('a log cut anywhere gives exactly the records that are whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.bytes.length - 1), async (length) => {
      const { chunks, problems, ended, named } = await readBack('cut', whole.bytes.subarray(0, length));
      expect({ chunks, problems, ended }).toEqual({ chunks: all.slice(0, chunks.length), problems: [], ended: false });
      const records = whole.ends.filter((end) => end <= length).length;
      expect(named).toBe(records >= 2);
      expect(chunks.length).toBe(Math.max(0, records - 2) - Math.floor(Math.max(0, records - 2) / 5));
    }),
    { numRuns: 150 },
  );
});

test('a log with any byte flipped never gives a record that was not written, loses one at most, and says so', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const bytes = Buffer.from(whole.bytes);
      bytes[at] = (bytes[at] ?? 0) ^ flip;
      const { chunks, problems, named, ended } = await readBack('flipped', bytes);
      expect(chunks.length).toBeGreaterThanOrEqual(19);
      const headOnly = at < (whole.ends[1] ?? 0);
      if (headOnly) expect(chunks.length).toBe(20);
      if (chunks.length === 19) expect([problems.length, named]).toEqual([1, true]);
      if (!headOnly && chunks.length === 20) expect(problems.length === 1 || !ended).toBe(true); // a link, or the end
    }),
    { numRuns: 300 },
  );
});

test('a log with random stretches overwritten, inserted and removed never throws and never lies', async () => {
  const change = fc.record({
    at: fc.nat(whole.bytes.length),
    remove: fc.nat(3_000),
    insert: fc.uint8Array({ maxLength: 2_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      let bytes: Buffer = Buffer.from(whole.bytes);
      for (const { at, remove, insert } of changes)
        bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
      await readBack('mangled', bytes);
    }),
    { numRuns: 150 },
  );
});

test('records of another recording are not taken for ours, nor is a record that a caller hides in his audio without the salt', async () => {
  const foreign = formatRecord(saltOf(newRecordingId(5)), {
    sequence: 3,
    at: 0,
    type: 'audio',
    payload: formatAudio({
      track: 'customer',
      codec: 'PCMU',
      at: recordingSample(0),
      gaps: [],
      payload: Buffer.alloc(800, 77),
    }),
  });
  const cut = whole.ends[6] ?? 0;
  const { chunks } = await readBack(
    'foreign',
    Buffer.concat([whole.bytes.subarray(0, cut), foreign, whole.bytes.subarray(cut)]),
  );
  expect(chunks).toEqual(all);
});

test('records that were exchanged, each of them whole, break the chain', async () => {
  const one = whole.bytes.subarray(whole.ends[1], whole.ends[2]);
  const forged = formatRecord(salt, {
    sequence: 1,
    at: 100,
    type: 'audio',
    payload: formatAudio({
      track: 'customer',
      codec: 'PCMU',
      at: recordingSample(0),
      gaps: [],
      payload: Buffer.alloc(800, 0x55),
    }),
  });
  expect(forged.length).toBe(one.length);
  const path = join(folder, 'forged');
  await writeFile(
    path,
    Buffer.concat([whole.bytes.subarray(0, whole.ends[1]), forged, whole.bytes.subarray(whole.ends[2])]),
  );
  await using spool = await readSpool(id, [path]);
  expect(spool.problems).toEqual(['spool: the chain is broken at record 5']);
});
