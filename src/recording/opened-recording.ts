import type { RecordingOptions, RetentionTag } from './recorder.ts';

/** What the spool's first record says: enough to seal the recording without anything else. */
export interface OpenedRecording extends Omit<RecordingOptions, 'wall' | 'shared'> {
  readonly node: string;
  readonly software: string;
  /** Unix time of sample 0, ms. */
  readonly opened: number;
  readonly retention: RetentionTag;
}

export const formatOpened = (opened: OpenedRecording): Buffer => Buffer.from(JSON.stringify(opened));

/** Undefined when it is none. It was proven to be ours; still it may be of another version. */
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
    ['recording', 'contact', 'from', 'to', 'codec', 'node', 'software'].every((key) => has(key, 'string')) &&
    has('opened', 'number') &&
    has('retention', 'object')
  );
}
