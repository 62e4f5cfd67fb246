import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../../lib/canonical-json.ts';
import type { QueueRow } from '../queue-fact.ts';

/** What the first row is chained to. */
export const CHAIN_BEGIN = '0'.repeat(64);

/** Hexadecimal SHA-256 of the hash before and the row as canonical JSON (RFC 8785), with a line feed between them. */
export const chained = (before: string, row: QueueRow): string =>
  createHash('sha256')
    .update(`${before}\n${canonicalJson(row as unknown as Json)}`)
    .digest('hex');
