import type { ContactId } from '../../domain/ids.ts';
import type { Json } from '../../lib/canonical-json.ts';
import type { Manifest } from '../../recording/manifest.ts';
import type { CallDescription, RecordingSpan, TranscriptSegment } from '../index/archive-index.ts';
import type { Transcript } from '../manifest/transcript.ts';

/** What the journal knows of a recording's call, masked: nothing here is a secret or a full number. */
export interface CallFacts {
  readonly description: CallDescription;
  /** Journal events, masked, in order. */
  readonly events: readonly { readonly [key: string]: Json | undefined }[];
  /** Where the audio holds numbers of cards or identity documents: silent for whoever hears it masked. */
  readonly found: readonly RecordingSpan[];
  readonly segments: readonly TranscriptSegment[];
  readonly transcript: Transcript | undefined;
}

/** PORT to the journal. Waits for the end of the call where that is near; says what is known otherwise. @throws IvrError STORAGE_FAILED */
export type CallFactsOf = (contact: ContactId, manifest: Manifest) => Promise<CallFacts>;
