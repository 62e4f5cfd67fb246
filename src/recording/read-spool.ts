import { type FileHandle, open } from 'node:fs/promises';
import { type AudioRecord, parseAudio } from './audio-record.ts';
import { type OpenedRecording, parseOpened } from './opened-recording.ts';
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

/** A stretch of one track, lying in a spool file. */
export interface AudioPiece extends Omit<AudioRecord, 'payload'> {
  readonly sequence: number;
  /** G.711 samples. */
  readonly length: number;
  readonly file: FileHandle;
  readonly position: number;
}

export interface NotedEvent {
  /** Milliseconds since sample 0. */
  readonly t_ms: number;
  readonly type: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface SpoolContents extends AsyncDisposable {
  readonly opened: OpenedRecording | undefined;
  /** In the order in which they came. */
  readonly audio: readonly AudioPiece[];
  readonly events: readonly NotedEvent[];
  /** Where the recording was ended, ms; undefined when nobody lived to end it. */
  readonly ended: number | undefined;
  /** Time of the last record, ms. */
  readonly lastAt: number;
  readonly segments: number;
  readonly records: number;
  /** SHA-256 over all records, hexadecimal. */
  readonly chain: string;
  /** Milliseconds of records that are known to be missing. */
  readonly missingMs: number;
  readonly problems: readonly string[];
}

interface Located extends Omit<LogRecord, 'payload'> {
  readonly file: FileHandle;
  readonly position: number;
  readonly length: number;
  /** Only of records that are not audio. */
  readonly payload: Uint8Array;
  readonly piece: AudioPiece | undefined;
}

const BLOCK = 1 << 18;

/**
 * Reads what the segments of one recording hold, in the order of its making, whatever happened to them: torn tails are cut at
 * the last whole record, damaged stretches are skipped and listed. Close it when the pieces have been read.
 *
 * @throws only what the file system throws
 */
export async function readSpool(recording: string, paths: readonly string[]): Promise<SpoolContents> {
  const files: FileHandle[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.all(files.splice(0).map((file) => file.close()));
  };
  try {
    for (const path of paths) files.push(await open(path, 'r'));
    return { ...(await readFiles(recording, files)), [Symbol.asyncDispose]: closeAll };
  } catch (thrown) {
    await closeAll();
    throw thrown;
  }
}

/** What the head of a segment says; undefined when it is damaged. */
export async function readOpened(recording: string, path: string): Promise<OpenedRecording | undefined> {
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
): Promise<Omit<SpoolContents, typeof Symbol.asyncDispose>> {
  let opened: OpenedRecording | undefined;
  const found = new Map<number, Located>();
  for (const file of files)
    for await (const located of scanSegment(file, saltOf(recording))) {
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
    lastAt: records.reduce((last, { at }) => Math.max(last, at), 0),
    segments: files.length,
    records: records.length,
    chain,
    missingMs,
    problems: [...problems, ...broken],
  };
}

/** The whole records of a file, in its order. */
async function* scanSegment(file: FileHandle, salt: number): AsyncGenerator<Located, void, void> {
  let buffer = Buffer.alloc(0);
  let base = 0;
  let at = 0;
  let end = false;
  const refill = async (): Promise<void> => {
    const block = Buffer.allocUnsafe(BLOCK);
    const { bytesRead } = await file.read(block, 0, BLOCK, base + buffer.length);
    buffer = Buffer.concat([buffer.subarray(at), block.subarray(0, bytesRead)]);
    base += at;
    at = 0;
    end = bytesRead === 0;
  };
  await refill();
  if (buffer.subarray(0, LOG_HEAD.length).equals(LOG_HEAD)) at = LOG_HEAD.length;
  for (;;) {
    const parsed = parseRecord(buffer, at, salt);
    if (parsed === 'short' && !end) await refill();
    else if (typeof parsed === 'object') {
      yield locate(file, base + at, parsed.record, parsed.length);
      at += parsed.length;
    } else {
      const next = buffer.indexOf(RECORD_MARK, at + 1);
      if (next >= 0) at = next;
      else if (end) return;
      else {
        at = Math.max(at + 1, buffer.length - RECORD_MARK.length + 1);
        await refill();
      }
    }
  }
}

function locate(file: FileHandle, position: number, record: LogRecord, length: number): Located {
  const { sequence, at, type } = record;
  const rest = { sequence, at, type, file, position, length };
  const audio = type === 'audio' ? parseAudio(record.payload) : undefined;
  if (audio === undefined) return { ...rest, payload: Buffer.from(record.payload), piece: undefined };
  const { track, codec, gaps, payload, offset } = audio;
  const start = position + RECORD_OVERHEAD - 4 + offset;
  const piece = { sequence, track, codec, at: audio.at, gaps, length: payload.length, file, position: start };
  return { ...rest, payload: Buffer.alloc(0), piece };
}

/** Sequences are without holes; a hole is a stretch that was lost in the middle. (The end cannot be missed: lost_ms bounds it.) */
function missingIn(records: readonly Located[]): { readonly problems: string[]; readonly missingMs: number } {
  const problems: string[] = [];
  let missingMs = 0;
  let last = 0;
  let lastAt = 0;
  for (const { sequence, at } of records) {
    if (sequence !== last + 1) {
      problems.push(`spool: records ${last + 1} to ${sequence - 1} are missing, between ${lastAt} and ${at} ms`);
      missingMs += Math.max(0, at - lastAt);
    }
    last = sequence;
    lastAt = at;
  }
  return { problems, missingMs };
}

async function followChain(
  opened: OpenedRecording | undefined,
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
  const block = Buffer.allocUnsafe(BLOCK + MAX_PAYLOAD + RECORD_OVERHEAD);
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

function parseEvent(at: number, payload: Uint8Array): NotedEvent {
  try {
    const { type, facts } = JSON.parse(Buffer.from(payload).toString()) as Partial<NotedEvent>;
    return { t_ms: at, type: String(type), facts: facts ?? {} };
  } catch {
    return { t_ms: at, type: 'unreadable', facts: {} };
  }
}
