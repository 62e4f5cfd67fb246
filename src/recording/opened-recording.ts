import type { RecordingOptions, RetentionTag } from './recorder.ts';

/** What the spool's first record says: enough to seal the recording without anything else. */
export interface OpenedRecording extends Omit<RecordingOptions, 'wall' | 'shared'> {
  readonly node: string;
  readonly software: string;
  /** Unix time of sample 0, ms. */
  readonly opened: number;
  /** The kernel's id of this boot: tells, at recovery, a crash of the process from a loss of power. */
  readonly boot: string;
  /** Who writes it, and when that process was started (clock ticks since boot): a living process's spool is left alone. */
  readonly process: { readonly pid: number; readonly started: string };
  readonly retention: RetentionTag;
}

export const formatOpened = (opened: OpenedRecording): Buffer => Buffer.from(JSON.stringify(opened));

/** Undefined when it is none. Its CRC was right, so whoever wrote it was us; still it may be of another version. */
export function parseOpened(payload: Uint8Array): OpenedRecording | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString());
    return isOpened(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isOpened(value: unknown): value is OpenedRecording {
  if (typeof value !== 'object' || value === null) return false;
  const has = (key: string, type: string): boolean => key in value && typeof value[key as keyof typeof value] === type;
  return (
    ['recording', 'contact', 'from', 'to', 'codec', 'node', 'software', 'boot'].every((key) => has(key, 'string')) &&
    has('opened', 'number') &&
    has('process', 'object') &&
    has('retention', 'object')
  );
}
