import type { ContactId } from '../../domain/ids.ts';
import type { Json } from '../../lib/canonical-json.ts';
import type { Manifest } from '../../recording/manifest.ts';
import type { CallDescription, RecordingSpan, TranscriptSegment } from '../index/archive-index.ts';
import type { Transcript } from '../manifest/transcript.ts';
import type { PlayoutReceipt } from '../receipts/playout-receipts.ts';
import { formatReceipts, RECEIPTS_FILE } from '../receipts/receipts-document.ts';

/** What the journal knows of a recording's call, masked: nothing here is a secret or a full number. */
export interface CallFacts {
  readonly description: CallDescription;
  /** Journal events, masked, in order. */
  readonly events: readonly { readonly [key: string]: Json | undefined }[];
  /** Where the audio holds numbers of cards or identity documents: silent for whoever hears it masked. */
  readonly found: readonly RecordingSpan[];
  /** Where secrets were keyed, by the journal. */
  readonly secret: readonly RecordingSpan[];
  /** What was played of each prompt. */
  readonly receipts: readonly PlayoutReceipt[];
  /** The journal of the call as it lies in the database, as JSON: looked through for leaks, and kept nowhere else. */
  readonly journal: string;
  readonly segments: readonly TranscriptSegment[];
  readonly transcript: Transcript | undefined;
}

/** PORT to the journal. Waits for the end of the call where that is near; says what is known otherwise. @throws IvrError STORAGE_FAILED */
export type CallFactsOf = (contact: ContactId, manifest: Manifest) => Promise<CallFacts>;

/** receipts.json, unless nothing was said. */
export function receiptsOf(
  recording: string,
  { receipts, description: { dialplan, dialplanVersion } }: CallFacts,
): Readonly<Record<string, string>> {
  if (receipts.length === 0) return {};
  const named = dialplan === null ? null : `${dialplan}@${dialplanVersion ?? ''}`;
  return { [RECEIPTS_FILE]: formatReceipts(recording, named, receipts) };
}
