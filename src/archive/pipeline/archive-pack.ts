import { IvrError } from '../../domain/error.ts';
import type { RecordingIntent } from '../../domain/recording-intent.ts';
import type { CallDescription, RecordingContent, SealedFacts } from '../index/archive-index.ts';
import type { SignedManifest } from '../manifest/archived-manifest.ts';

/*
 * What is archived of a recording beside its audio, in one sealed object (`.mft`): enough to prove it, to show it, and to make the
 * index anew from the store and the keys alone.
 */

export const PACK_FORMAT = 'tellerline-archived-pack';

export interface PackedTrack {
  readonly track: string;
  readonly location: string;
}

export interface ArchivePack {
  readonly format: typeof PACK_FORMAT;
  readonly version: 1;
  readonly manifest: SignedManifest;
  /** Of the frame tree; 32 bytes, hexadecimal. */
  readonly frameSecret: string;
  /** Texts that the manifest lists under `files`, by their path: `sealed.json`, `events.json`, `transcript.json`, `receipts.json`, `leak-certificate.json`… */
  readonly files: Readonly<Record<string, string>>;
  readonly tracks: readonly PackedTrack[];
  readonly peaks: { readonly perSecond: number /** Base64 of -128…127. */; readonly channels: readonly string[] };
  /** The index's rows, as they were when it was archived. */
  readonly intent: RecordingIntent;
  readonly sealed: SealedFacts;
  readonly description: CallDescription;
  readonly content: RecordingContent;
  /** What must not be in it and is, in sentences; absent: nothing was found. */
  readonly leaks?: readonly string[];
}

export const formatPack = (pack: ArchivePack): Uint8Array => Buffer.from(JSON.stringify(pack));

/** What came out of a container, which authenticates it: it is ours, but may be of another version. @throws IvrError CONTAINER_DAMAGED */
export function parsePack(bytes: Uint8Array): ArchivePack {
  const value = JSON.parse(Buffer.from(bytes).toString()) as Partial<ArchivePack>;
  if (value.format !== PACK_FORMAT || value.version !== 1)
    throw new IvrError('CONTAINER_DAMAGED', 'the archived manifest is of another version of Tellerline', {});
  return value as ArchivePack;
}
