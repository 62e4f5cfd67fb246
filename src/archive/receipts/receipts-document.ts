import { randomBytes } from 'node:crypto';
import { canonicalJson, type Json } from '../../lib/canonical-json.ts';
import type { PlayoutReceipt } from './playout-receipts.ts';

/* receipts.json: the playout receipts of a recording, as the archive keeps them and the log commits to them. */

export const RECEIPTS_FILE = 'receipts.json';
export const RECEIPTS_FORMAT = 'tellerline-playout-receipts';

export interface ReceiptsDocument {
  readonly format: typeof RECEIPTS_FORMAT;
  readonly version: 1;
  /** 32 random bytes, hexadecimal: the leaf of a recording that is destroyed tells nothing. */
  readonly salt: string;
  readonly recording: string;
  /** `name@version` that the call was under; null: the journal does not say. */
  readonly dialplan: string | null;
  readonly receipts: readonly PlayoutReceipt[];
}

export function formatReceipts(
  recording: string,
  dialplan: string | null,
  receipts: readonly PlayoutReceipt[],
): string {
  const salt = randomBytes(32).toString('hex');
  const document: ReceiptsDocument = { format: RECEIPTS_FORMAT, version: 1, salt, recording, dialplan, receipts };
  return canonicalJson(document as unknown as Json);
}

/** Disclosures that did not go to the wire from their first word to their last; none: all did, or there was none. */
export const unheardNotices = (receipts: readonly PlayoutReceipt[]): readonly PlayoutReceipt[] => {
  // one that was said again, after its media was lost, was heard
  const whole = new Set(receipts.flatMap(({ notice, outcome }) => (outcome === 'whole' ? noticeName(notice) : [])));
  return receipts.filter(
    ({ notice, outcome }) => notice !== undefined && outcome !== 'whole' && !whole.has(noticeName(notice)),
  );
};

const noticeName = (notice: PlayoutReceipt['notice']): string => notice?.id ?? '';
