import type { RecordingMs } from '../domain/units.ts';
import { createHash, type KeyObject } from 'node:crypto';
import { type AudioRecord, parseAudio, samplesOf } from './audio-record.ts';
import { readDirectly } from '../lib/direct-files.ts';
import { LOST_BY_CRASH_MS } from './loss-limits.ts';
import { type OpenedRecording, parseOpened } from './opened-recording.ts';
import { scanFile } from './spool/scan-file.ts';
import { openSegment, type SegmentFile } from './spool/spool-folders.ts';
import { openWrappedKey, type SpoolKeys } from './spool/spool-keys.ts';
import { MARK_BYTES } from './spool/spool-record.ts';
import type { SpoolPlaces } from './spool/spool-source.ts';
import { authenticate, type Breaks, type OpenedRecord } from './spool/survey-segment.ts';
import { type AudioPiece, missingIn, type NotedEvent, parseEvent, type SpoolContents } from './spool-contents.ts';

/** Where a recording lies and, when its segments were read through, where their chains do not hold. */
export interface PlacesToRead extends SpoolPlaces {
  /** One for each segment. */
  readonly breaks?: readonly Breaks[];
}

interface Found {
  readonly type: OpenedRecord['type'];
  readonly sequence: number;
  readonly at: RecordingMs;
  /** Index in the places' segments, and position there. */
  readonly segment: number;
  readonly position: number;
  /** SHA-256 of its type, sequence, time and payload. */
  readonly digest: Buffer;
  /** Only of records that are not audio. */
  readonly payload: Buffer;
  readonly piece: AudioPiece | undefined;
}

interface OpenSegment {
  readonly file: SegmentFile;
  readonly key: KeyObject;
}

/**
 * Reads what the spool holds of one recording, in the order of its making, whatever happened to it: what does not authenticate is skipped and
 * listed. Close it when the pieces have been read. Segments that are `gone` were perhaps copied forward since the places were told: look again.
 *
 * @param folders - the spool and the places that it spills to
 * @throws only what the file system throws
 */
export async function readSpool(
  recording: string,
  places: PlacesToRead,
  folders: readonly string[],
  keys: SpoolKeys,
): Promise<SpoolContents> {
  const files: SegmentFile[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.all(files.splice(0).map((file) => file[Symbol.asyncDispose]()));
  };
  try {
    const segments: (OpenSegment | undefined)[] = [];
    let gone = 0;
    for (const name of places.segments) {
      const file = await find(name, folders);
      if (file !== undefined) files.push(file);
      const key = typeof file?.head === 'object' ? openWrappedKey(file.head, keys) : undefined;
      if (file === undefined || file.head === 'erased') gone += 1;
      segments.push(file === undefined || key === undefined ? undefined : { file, key });
    }
    const found: Found[] = [];
    for (let run = 0; run < places.runs.length; run += 3) {
      const [index = 0, from = 0, to = 0] = places.runs.slice(run, run + 3);
      const segment = segments[index];
      if (segment !== undefined) readRun(recording, index, segment, [from, to], found);
    }
    return { ...contentsOf(recording, places, found), gone, [Symbol.asyncDispose]: closeAll };
  } catch (thrown) {
    await closeAll();
    throw thrown;
  }
}

async function find(name: string, folders: readonly string[]): Promise<SegmentFile | undefined> {
  for (const folder of folders) {
    const file = await openSegment(folder, name);
    if (file !== undefined) return file;
  }
  return undefined;
}

function readRun(
  recording: string,
  index: number,
  { file, key }: OpenSegment,
  range: readonly [number, number],
  found: Found[],
): void {
  for (const { value, position, length } of scanFile(file.file, range, MARK_BYTES, authenticate(key))) {
    if (value.recording !== recording) continue;
    const { type, sequence, at } = value;
    const audio = type === 'audio' ? parseAudio(value.payload) : undefined;
    found.push({
      type,
      sequence,
      at,
      segment: index,
      position,
      digest: createHash('sha256').update(`${type} ${sequence} ${at} `).update(value.payload).digest(),
      payload: audio === undefined ? Buffer.from(value.payload) : Buffer.alloc(0),
      piece: audio === undefined ? undefined : pieceOf(sequence, audio, file, key, [position, length]),
    });
  }
}

function pieceOf(
  sequence: number,
  { track, codec, at, gaps, payload }: AudioRecord,
  { file }: SegmentFile,
  key: KeyObject,
  [position, length]: readonly [number, number],
): AudioPiece {
  const octets = (): Uint8Array => {
    const bytes = Buffer.allocUnsafe(length);
    readDirectly(file, bytes, position);
    const again = authenticate(key)(bytes, 0);
    const audio = typeof again === 'object' ? parseAudio(again.value.payload) : undefined;
    if (audio === undefined) throw Object.assign(new Error('the spool changed while it was read'), { code: 'EIO' });
    return audio.payload;
  };
  return { sequence, track, codec, at, gaps, length: samplesOf({ codec, payload }), octets };
}

function contentsOf(
  recording: string,
  { segments, breaks }: PlacesToRead,
  found: readonly Found[],
): Omit<SpoolContents, 'gone' | typeof Symbol.asyncDispose> {
  const problems = disorderIn(found);
  let opened: OpenedRecording | undefined;
  const bySequence = new Map<number, Found>();
  for (const each of found)
    if (each.type === 'opened') opened ??= parseOpened(each.payload);
    else if (!bySequence.has(each.sequence)) bySequence.set(each.sequence, each);
  if (opened !== undefined && opened.recording !== recording) problems.push('the spool names another recording');
  const ordered = [...bySequence.values()].sort((a, b) => a.sequence - b.sequence);
  const records = cutTorn(ordered, breaks);
  const missing = missingIn(records);
  const ended = records.find(({ type }) => type === 'end')?.at;
  if (ended === undefined && damagedAfter(records.at(-1), breaks))
    problems.push('spool: what follows its last record is damaged');
  const chain = createHash('sha256').update(JSON.stringify(opened ?? null));
  for (const { digest } of records) chain.update(digest);
  const events: NotedEvent[] = [];
  for (const { type, at, payload } of records) if (type === 'event') events.push(parseEvent(at, payload));
  return {
    opened,
    audio: records.flatMap(({ piece }) => piece ?? []),
    events,
    ended,
    segments: segments.length,
    records: records.length,
    chain: chain.digest('hex'),
    missingMs: missing.missingMs,
    lostAtEndMs: LOST_BY_CRASH_MS,
    problems: [...problems, ...missing.problems],
  };
}

/** Within a segment records are written in their sequence; each is proven, so other orders were made by somebody. */
function disorderIn(found: readonly Found[]): string[] {
  const last = new Map<number, number>();
  for (const { type, segment, sequence } of found) {
    if (type === 'opened') continue;
    if (sequence <= (last.get(segment) ?? -1))
      return ['spool: its records lie in another order than they were written'];
    last.set(segment, sequence);
  }
  return [];
}

/** A loss of power may leave holes in what was never acknowledged: there the recording ends. */
function cutTorn(records: readonly Found[], breaks: PlacesToRead['breaks']): readonly Found[] {
  if (breaks === undefined) return records;
  for (const [index, record] of records.entries()) {
    const before = records[index - 1];
    if (record.sequence === (before?.sequence ?? 0) + 1) continue;
    const { damaged, tornAt } = breaks[record.segment] ?? { damaged: [], tornAt: Infinity };
    const from = before?.segment === record.segment ? before.position : 0;
    if (record.position >= tornAt && !damaged.some((at) => at > from && at <= record.position))
      return records.slice(0, index);
  }
  return records;
}

function damagedAfter(last: Found | undefined, breaks: PlacesToRead['breaks']): boolean {
  if (last === undefined || breaks === undefined) return false;
  return (breaks[last.segment]?.damaged ?? []).some((at) => at > last.position);
}
