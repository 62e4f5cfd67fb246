import { canonicalJson } from '../../lib/canonical-json.ts';
import type { HashName } from '../../lib/crypto-profile.ts';
import { type Leaf, leafOf } from '../log/leaf.ts';
import type { BundleRequest } from './bundle.ts';

/**
 * What the log says of an export, before its first byte leaves: who asked for what and why.
 *
 * @param salt - 32 random bytes, hexadecimal
 */
export function formatExportRecord(recording: string, request: BundleRequest, salt: string): string {
  return canonicalJson({
    format: 'tellerline-export-record',
    version: 1,
    recording,
    salt,
    purpose: request.purpose,
    ticket: request.ticket,
    requested_by: request.requestedBy,
    approved_by: request.approvedBy,
    recipient: request.recipient,
    made_at: request.madeAt,
    masked: request.masked,
    redacted_spans: request.redact.length,
  });
}

export const exportLeaf = (record: string, hash: HashName): Leaf => leafOf('EXPORT', record, hash);
