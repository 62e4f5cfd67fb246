import { createHash } from 'node:crypto';
import type { AuditRow } from './audit.ts';

export const FIRST_PREVIOUS = '0'.repeat(64);

/**
 * SHA-256 of a row: of the JSON array of its columns in the order of the table, `previous` included. Keys of `detail` are
 * sorted, so that whoever has the rows alone, in whatever form, comes to the same.
 */
export function auditHash(row: Omit<AuditRow, 'hash'>): string {
  const detail = Object.entries(row.detail).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const columns = [
    row.seq,
    row.at,
    row.actor,
    row.actorKind,
    row.role,
    row.action,
    row.targets,
    row.purpose,
    row.ticket,
    row.approval,
    row.address,
    row.result,
    detail,
    row.previous,
  ];
  return createHash('sha256').update(JSON.stringify(columns)).digest('hex');
}
