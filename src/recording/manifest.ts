import { createHash } from 'node:crypto';
import type { CodecName } from '../domain/codec.ts';
import type { CallSpan } from './call-times.ts';
import { canonicalJson, type Json } from '../lib/canonical-json.ts';
import type { RetentionTag } from './recorder.ts';
import type { TrackGap } from './track-timeline.ts';

/* manifest.json beside a sealed recording: canonical JSON, committing to every other file by its SHA-256 and to itself by `digest`. */

export const MANIFEST_FORMAT = 'tellerline-recording';
export const MANIFEST_VERSION = 1;
export const MANIFEST_NAME = 'manifest.json';
export const AUDIO_NAME = 'audio.wav';

export interface FileEntry {
  /** Relative to the manifest. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ManifestTrack extends FileEntry {
  readonly track: string;
  readonly codec: CodecName;
  /** Samples since the recording was opened: of the first that came, and after the last. The file itself begins at sample 0. */
  readonly from: number;
  readonly to: number;
  /** Samples that came, and of these the audible ones (audio/audible.ts). */
  readonly received: number;
  readonly sounding: number;
}

export interface ManifestGap extends TrackGap {
  readonly track: string;
}

export interface Participant {
  readonly track: string;
  readonly who: string;
  readonly from_ms: number;
  readonly to_ms: number;
}

export interface Manifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly version: typeof MANIFEST_VERSION;
  readonly recording: string;
  readonly contact: string;
  readonly sip_call_id: string;
  readonly direction: string;
  /** Masked. */
  readonly from: string;
  readonly to: string;
  readonly node: string;
  readonly software: string;
  readonly codec: CodecName;
  readonly rate: number;
  /** Wall clock, ISO 8601: of sample 0, of the end (the start and the monotonic duration), of the sealing. */
  readonly started_at: string;
  readonly ended_at: string;
  readonly sealed_at: string;
  readonly duration_ms: number;
  readonly samples: number;
  /** When the recording was ended, by the monotonic clock; absent when nobody lived to end it. */
  readonly ended_ms?: number;
  /** What the journal knew of the call: what the audio is compared with. Absent when the journal did not know it. */
  readonly call?: CallSpan;
  /** The stereo rendering. Left: `left`, right: `right`, each the sum of these tracks. */
  readonly audio: FileEntry & { readonly left: readonly string[]; readonly right: readonly string[] };
  readonly tracks: readonly ManifestTrack[];
  readonly gaps: readonly ManifestGap[];
  readonly participants: readonly Participant[];
  readonly events: readonly {
    readonly t_ms: number;
    readonly type: string;
    readonly facts: { readonly [key: string]: Json };
  }[];
  readonly retention: RetentionTag;
  /** Sealed from what a crash left. At most `lost_ms` of its end, and of damaged stretches within, are missing. */
  readonly recovered: boolean;
  readonly lost_ms: number;
  readonly problems: readonly string[];
  /** Of the spool that it was made from. */
  readonly spool: { readonly segments: number; readonly records: number; readonly chain: string };
}

const digestOf = (manifest: Manifest): string =>
  createHash('sha256')
    .update(canonicalJson(manifest as unknown as Json))
    .digest('hex');

export const formatManifest = (manifest: Manifest): string =>
  canonicalJson({ ...(manifest as unknown as { readonly [key: string]: Json }), digest: digestOf(manifest) });

/** The manifest, or what is wrong with the text. A text that anyone has changed is wrong. */
export function parseManifest(text: string): Manifest | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'manifest: it is not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { problem: 'manifest: not a JSON object' };
  if (canonicalJson(value as Json) !== text) return { problem: 'manifest: its form was changed' };
  const { digest, ...rest } = value as { readonly digest?: unknown } & Manifest;
  if (digest !== digestOf(rest)) return { problem: 'manifest: its content was changed' };
  if (rest.format !== MANIFEST_FORMAT || rest.version !== MANIFEST_VERSION)
    return { problem: 'manifest: it is of another version' };
  return rest;
}
