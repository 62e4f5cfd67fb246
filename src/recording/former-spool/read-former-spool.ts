import { type FileHandle, open } from 'node:fs/promises';
import { parseAudio, samplesOf } from '../audio-record.ts';
import { readDirectly } from '../../lib/direct-files.ts';
import { LOST_BY_CRASH_MS } from '../loss-limits.ts';
import { type OpenedRecording, parseOpened } from '../opened-recording.ts';
import { type Parsed, scanFile, type Scanned } from '../spool/scan-file.ts';
import type { SegmentOwner } from '../spool/segment-head.ts';
import { type AudioPiece, missingIn, type NotedEvent, parseEvent, type SpoolContents } from '../spool-contents.ts';
import {
  LOG_HEAD,
  LogChain,
  type LogRecord,
  MAX_PAYLOAD,
  parseRecord,
  RECORD_MARK,
  RECORD_OVERHEAD,
  saltOf,
} from './record-log.ts';

/* Spools of 0.1, a file in the clear for each recording: what an update finds of calls that a crash cut off. They are only read. */

/** A loss of power could cost this much of them. */
const LOST_BY_POWER_CUT_MS = 1_500;

/** Its first record says whose process writes it, too. */
export type FormerOpened = OpenedRecording & Partial<Pick<SegmentOwner, 'boot' | 'process'>>;

interface Located extends Omit<LogRecord, 'payload'> {
  readonly file: FileHandle;
  readonly position: number;
  readonly length: number;
  /** Only of records other than audio. */
  readonly payload: Uint8Array;
  readonly piece: AudioPiece | undefined;
}

/**
 * Reads what the segments of one recording hold, in the order of its making, whatever happened to them: torn tails are cut at
 * the last whole record, damaged stretches are skipped and listed. Close it when the pieces have been read.
 *
 * @throws only what the file system throws
 */
export async function readFormerSpool(
  recording: string,
  paths: readonly string[],
  boot: string,
): Promise<SpoolContents> {
  const files: FileHandle[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.all(files.splice(0).map((file) => file.close()));
  };
  try {
    for (const path of paths) files.push(await open(path, 'r'));
    return { ...(await readFiles(recording, files, boot)), [Symbol.asyncDispose]: closeAll };
  } catch (thrown) {
    await closeAll();
    throw thrown;
  }
}

/** What the head of a segment says; undefined when it is damaged. */
export async function readFormerHead(recording: string, path: string): Promise<FormerOpened | undefined> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(LOG_HEAD.length + RECORD_OVERHEAD + MAX_PAYLOAD);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const parsed = parseRecord(head.subarray(0, bytesRead), LOG_HEAD.length, saltOf(recording));
    return typeof parsed === 'object' && parsed.record.type === 'opened'
      ? parseOpened(parsed.record.payload)
      : undefined;
  } finally {
    await file.close();
  }
}

async function readFiles(
  recording: string,
  files: readonly FileHandle[],
  boot: string,
): Promise<Omit<SpoolContents, typeof Symbol.asyncDispose>> {
  let opened: FormerOpened | undefined;
  const found = new Map<number, Located>();
  for (const file of files)
    for (const located of scanSegment(file, saltOf(recording))) {
      if (located.type === 'opened') opened ??= parseOpened(located.payload);
      else if (!found.has(located.sequence)) found.set(located.sequence, located);
    }
  const records = [...found.values()].sort((a, b) => a.sequence - b.sequence);
  const { problems, missingMs } = missingIn(records);
  const { chain, broken } = await followChain(opened, records);
  if (opened?.recording !== undefined && opened.recording !== recording)
    problems.push('the spool names another recording');
  const events: NotedEvent[] = [];
  for (const { type, at, payload } of records) if (type === 'event') events.push(parseEvent(at, payload));
  return {
    opened,
    audio: records.flatMap(({ piece }) => piece ?? []),
    events,
    ended: records.find(({ type }) => type === 'end')?.at,
    segments: files.length,
    gone: 0,
    records: records.length,
    chain,
    missingMs,
    lostAtEndMs: opened?.boot === boot ? LOST_BY_CRASH_MS : LOST_BY_POWER_CUT_MS,
    problems: [...problems, ...broken],
  };
}

/** The whole records of a file, in its order. */
function* scanSegment(file: FileHandle, salt: number): Generator<Located, void, void> {
  const parse = (bytes: Buffer, offset: number): Parsed<LogRecord> => {
    const parsed = parseRecord(bytes, offset, salt);
    return typeof parsed === 'object' ? { value: parsed.record, length: parsed.length } : parsed;
  };
  for (const found of scanFile(file, [LOG_HEAD.length, Infinity], RECORD_MARK, parse)) yield locate(file, found);
}

function locate(file: FileHandle, { value: record, position, length }: Scanned<LogRecord>): Located {
  const { sequence, at, type } = record;
  const rest = { sequence, at, type, file, position, length };
  const audio = type === 'audio' ? parseAudio(record.payload) : undefined;
  if (audio === undefined) return { ...rest, payload: Buffer.from(record.payload), piece: undefined };
  const { track, codec, gaps, payload } = audio;
  const octets = (): Uint8Array => {
    const bytes = Buffer.allocUnsafe(payload.length);
    readDirectly(file, bytes, position + length - 4 - payload.length);
    return bytes;
  };
  const piece = { sequence, track, codec, at: audio.at, gaps, length: samplesOf(audio), octets };
  return { ...rest, payload: Buffer.alloc(0), piece };
}

async function followChain(
  opened: FormerOpened | undefined,
  records: readonly Located[],
): Promise<{ readonly chain: string; readonly broken: readonly string[] }> {
  const broken: string[] = [];
  const chain = new LogChain(opened === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(opened)));
  const read = windowReader();
  let whole = opened !== undefined;
  let last = 0;
  for (const { sequence, type, payload, file, position, length } of records) {
    whole &&= sequence === last + 1;
    last = sequence;
    if (type === 'chain') {
      const right = chain.link().equals(payload);
      if (whole && !right) broken.push(`spool: the chain is broken at record ${sequence}`);
      chain.restart(payload);
      whole = true;
    }
    chain.add(await read(file, position, length));
  }
  return { chain: chain.link().toString('hex'), broken };
}

/** Reads records that mostly follow one another with one read a block. */
function windowReader(): (file: FileHandle, position: number, length: number) => Promise<Uint8Array> {
  const block = Buffer.allocUnsafe(MAX_PAYLOAD * 4);
  let from: FileHandle | undefined;
  let start = 0;
  let filled = 0;
  return async (file, position, length) => {
    if (file !== from || position < start || position + length > start + filled) {
      from = file;
      start = position;
      filled = (await file.read(block, 0, block.length, position)).bytesRead;
    }
    return block.subarray(position - start, position - start + length);
  };
}
