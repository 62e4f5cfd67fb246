import type { RecordingMs } from '../domain/units.ts';
import type { AudioRecord } from './audio-record.ts';
import type { OpenedRecording } from './opened-recording.ts';

/* What the spool holds of one recording, whatever form it has. */

/** A stretch of one track, lying in a file of the spool. */
export interface AudioPiece extends Omit<AudioRecord, 'payload'> {
  readonly sequence: number;
  /** In samples at the telephone's rate. */
  readonly length: number;
  /** The codec's octets, read when they are wanted. */
  readonly octets: () => Uint8Array;
}

export interface NotedEvent {
  readonly t_ms: RecordingMs;
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
  /** Files that it lies in. */
  readonly segments: number;
  /** Of these, files that are there no more. */
  readonly gone: number;
  readonly records: number;
  /** SHA-256 over all records, hexadecimal. */
  readonly chain: string;
  /** Milliseconds of records that are known to be missing. */
  readonly missingMs: number;
  /** What may be missing of its end, when nobody lived to end it. */
  readonly lostAtEndMs: number;
  readonly problems: readonly string[];
}

/** Of records in their order, those that are missing within. (Those at the end cannot be missed: the loss of a crash bounds them.) */
export function missingIn(records: readonly { readonly sequence: number; readonly at: RecordingMs }[]): {
  readonly problems: string[];
  readonly missingMs: number;
} {
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

export function parseEvent(at: RecordingMs, payload: Uint8Array): NotedEvent {
  try {
    const { type, facts } = JSON.parse(Buffer.from(payload).toString()) as Partial<NotedEvent>;
    return { t_ms: at, type: String(type), facts: facts ?? {} };
  } catch {
    return { t_ms: at, type: 'unreadable', facts: {} };
  }
}
