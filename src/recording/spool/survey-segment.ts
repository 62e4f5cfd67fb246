import type { KeyObject } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { type Parsed, scanFile } from './scan-file.ts';
import { HEAD_BYTES } from './segment-head.ts';
import type { SegmentFile } from './spool-folders.ts';
import {
  MARK_BYTES,
  openRecord,
  parseHeader,
  type RecordContent,
  type RecordHeader,
  TAG_BYTES,
} from './spool-record.ts';

export interface OpenedRecord extends RecordHeader, RecordContent {
  readonly tag: Buffer;
}

/** A record that was sealed under this key and not changed since. */
export const authenticate =
  (key: KeyObject) =>
  (bytes: Buffer, offset: number): Parsed<OpenedRecord> => {
    const header = parseHeader(bytes, offset);
    if (typeof header !== 'object') return header;
    const end = offset + header.length;
    if (end > bytes.length) return 'short';
    const content = openRecord(key, header, bytes, offset);
    if (content === undefined) return 'bad';
    return { value: { ...header, ...content, tag: bytes.subarray(end - TAG_BYTES, end) }, length: header.length };
  };

/** Where the chain of a segment does not hold: between two records, removed, changed or exchanged ones. */
export interface Breaks {
  /** Positions of the first records after damage to what was acknowledged. */
  readonly damaged: readonly number[];
  /** From here on nothing was acknowledged: a hole in the last commit, as a loss of power leaves it. Infinity: there is none. */
  readonly tornAt: number;
}

export interface SegmentSurvey {
  readonly breaks: Breaks;
  /** Of each recording, its runs of records: first byte and byte after the last, by turns. */
  readonly runs: ReadonlyMap<string, readonly number[]>;
  /** Payload of the `opened` record of each recording. */
  readonly opened: ReadonlyMap<string, Buffer>;
  readonly released: ReadonlySet<string>;
}

/** Reads all of a segment. @throws what the file system throws */
export function surveySegment({ file }: SegmentFile, key: KeyObject): SegmentSurvey {
  const runs = new Map<string, number[]>();
  const opened = new Map<string, Buffer>();
  const released = new Set<string>();
  const breaks: { readonly position: number; readonly missingFrom: number; readonly commit: number }[] = [];
  let last: { readonly number: number; readonly tag: Buffer } | undefined;
  let lastCommit = 0;
  for (const { value, position, length } of scanFile(file, [HEAD_BYTES, Infinity], MARK_BYTES, authenticate(key))) {
    const { type, number, commit, recording, link, payload, tag } = value;
    const follows = last === undefined ? number === 0 : number === last.number + 1 && link.equals(last.tag);
    if (!follows) breaks.push({ position, missingFrom: (last?.number ?? -1) + 1, commit });
    last = { number, tag: Buffer.from(tag) };
    lastCommit = Math.max(lastCommit, commit);
    if (type === 'released') {
      released.add(recording);
      continue;
    }
    if (type === 'opened' && !opened.has(recording)) opened.set(recording, Buffer.from(payload));
    const run = runs.get(recording);
    if (run === undefined) runs.set(recording, [position, position + length]);
    else if (run.at(-1) === position) run[run.length - 1] = position + length;
    else run.push(position, position + length);
  }
  const acknowledged = ({ missingFrom, commit }: (typeof breaks)[number]): boolean =>
    commit !== lastCommit || missingFrom < commit;
  return {
    breaks: {
      damaged: breaks.filter(acknowledged).map(({ position }) => position),
      tornAt: breaks.find((each) => !acknowledged(each))?.position ?? Infinity,
    },
    runs,
    opened,
    released,
  };
}

/** The same from the clear headers alone, without the key: nothing of it is proven. */
export async function listSegment({
  file,
  path,
}: SegmentFile): Promise<Pick<SegmentSurvey, 'released'> & { readonly recordings: ReadonlySet<string> }> {
  const { size } = await stat(path);
  const recordings = new Set<string>();
  const released = new Set<string>();
  const parse = (bytes: Buffer, offset: number): Parsed<RecordHeader> => {
    const header = parseHeader(bytes, offset);
    if (typeof header !== 'object') return header;
    return offset + header.length > bytes.length ? 'short' : { value: header, length: header.length };
  };
  for (const { value } of scanFile(file, [HEAD_BYTES, size], MARK_BYTES, parse))
    (value.type === 'released' ? released : recordings).add(value.recording);
  return { recordings, released };
}
