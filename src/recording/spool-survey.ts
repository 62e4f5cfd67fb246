import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContactId, RecordingId } from '../domain/ids.ts';
import type { WallMs } from '../domain/units.ts';
import { parseOpened } from './opened-recording.ts';
import type { PlacesToRead } from './read-spool.ts';
import { HEAD_BYTES, type SegmentOwner } from './spool/segment-head.ts';
import type { FoundSegment } from './spool/spool-catalogue.ts';
import { listSegments, openSegment } from './spool/spool-folders.ts';
import { openWrappedKey, type SpoolKeys } from './spool/spool-keys.ts';
import { type Breaks, type SegmentSurvey, surveySegment } from './spool/survey-segment.ts';

/** A recording in the spool. `contact`: unless its beginning is damaged. */
export interface FoundRecording {
  readonly recording: RecordingId;
  readonly contact: ContactId | undefined;
  readonly places: PlacesToRead;
}

export interface SpoolSurvey {
  readonly segments: readonly FoundSegment[];
  /** Those that are not released, the oldest first. */
  readonly recordings: readonly FoundRecording[];
  /** Files that nobody can read, and where they were moved. */
  readonly unreadable: readonly string[];
}

/** A segment that is younger may have been made by a process that is about to write its head. */
const BEGUN_MS = 60_000;

interface Surveyed extends SegmentSurvey {
  readonly name: string;
  readonly spilled: boolean;
}

/**
 * Reads all segments whose owner is asked for, and says which recordings wait in them.
 *
 * @param folders - the spool, then the spill
 * @throws what the file system throws
 */
export async function surveySpool(
  folders: readonly string[],
  keys: SpoolKeys,
  wanted: (owner: SegmentOwner) => boolean | Promise<boolean>,
  now: WallMs,
): Promise<SpoolSurvey> {
  const surveyed: Surveyed[] = [];
  const erased: FoundSegment[] = [];
  const unreadable: string[] = [];
  for (const { name, folder } of await listSegments(folders)) {
    await using segment = await openSegment(folder, name);
    if (segment === undefined) continue;
    const spilled = folder !== folders[0];
    const { head } = segment;
    if (head === 'erased') erased.push({ name, spilled, recordings: [], released: [] });
    else if (head === undefined && now - segment.created < BEGUN_MS) continue;
    else if (head === undefined && segment.bytes < HEAD_BYTES)
      erased.push({ name, spilled, recordings: [], released: [] }); // nothing in it was ever acknowledged
    else if (head === undefined) unreadable.push(await setAside(segment.path));
    else if (await wanted(head.owner)) {
      const key = openWrappedKey(head, keys);
      if (key === undefined) unreadable.push(await setAside(segment.path));
      else surveyed.push({ name, spilled, ...surveySegment(segment, key) });
    }
  }
  const segments = surveyed.map(({ name, spilled, runs, released }) => ({
    name,
    spilled,
    recordings: [...runs.keys()],
    released: [...released],
  }));
  return { segments: [...erased, ...segments], recordings: waitingIn(surveyed), unreadable };
}

function waitingIn(surveyed: readonly Surveyed[]): readonly FoundRecording[] {
  const released = new Set(surveyed.flatMap((segment) => [...segment.released]));
  const found = new Map<
    string,
    { segments: string[]; runs: number[]; breaks: Breaks[]; contact: ContactId | undefined }
  >();
  for (const { name, runs, opened, breaks } of surveyed)
    for (const [recording, own] of runs) {
      if (released.has(recording)) continue;
      const places = found.get(recording) ?? { segments: [], runs: [], breaks: [], contact: undefined };
      found.set(recording, places);
      const index = places.segments.push(name) - 1;
      places.breaks.push(breaks);
      for (let at = 0; at < own.length; at += 2) places.runs.push(index, own[at] ?? 0, own[at + 1] ?? 0);
      const payload = opened.get(recording);
      if (payload !== undefined) places.contact ??= parseOpened(payload)?.contact;
    }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([recording, { contact, ...places }]) => ({ recording: recording as RecordingId, contact, places }));
}

/** On the disk that it lies on; never deleted. @returns where it is now */
export async function setAside(path: string): Promise<string> {
  const aside = join(dirname(path), 'unreadable');
  await mkdir(aside, { recursive: true, mode: 0o700 });
  const moved = join(aside, path.slice(dirname(path).length + 1));
  await rename(path, moved);
  return moved;
}
