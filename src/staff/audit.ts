import type { WallMs } from '../domain/units.ts';
import type { Actor } from './staff-service.ts';

/*
 * PORT: the audit trail. Append-only and hash-chained; a row is committed *before* the first byte of what it tells of
 * leaves. No row, no audio.
 */

/** What happened, or was refused. Never audio, transcript, full numbers or secrets. */
export interface AuditEntry {
  readonly actor: Actor;
  /** The role that it was allowed by; '' for a refusal. */
  readonly role: string;
  /** An action of the staff service, or what else is worth a row, such as `sign-in` or `export.download`. */
  readonly action: string;
  /** Ids, such as of recordings; at most 500, else their number and hash in `detail`. */
  readonly targets: readonly string[];
  readonly purpose: string;
  readonly ticket: string;
  readonly approval: string | null;
  readonly result: 'allowed' | 'denied' | 'done' | 'failed';
  /** Masked search terms, number of results, bytes or milliseconds played, hash of an export, reason of a refusal. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

export interface AuditRow {
  /** From 1, without a gap. */
  readonly seq: number;
  readonly at: WallMs;
  readonly actor: string;
  readonly actorKind: Actor['kind'];
  readonly role: string;
  readonly action: string;
  readonly targets: readonly string[];
  readonly purpose: string;
  readonly ticket: string;
  readonly approval: string | null;
  readonly address: string;
  readonly result: AuditEntry['result'];
  readonly detail: AuditEntry['detail'];
  /** SHA-256 hex of the row before; 64 zeros for the first. */
  readonly previous: string;
  /** SHA-256 hex of this row: `auditHash`. */
  readonly hash: string;
}

export interface AuditQuery {
  readonly target?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly since?: number;
  readonly until?: number;
  /** Only rows below this number: newest come first. */
  readonly before?: number;
  readonly limit: number;
}

export interface Audit {
  /**
   * Resolves when the row is durable, with what it became. Whoever would send something waits for this first.
   *
   * @throws IvrError AUDIT_FAILED: nothing may leave
   */
  append(entry: AuditEntry): Promise<AuditRow>;
  /** Newest first. @throws IvrError STORAGE_FAILED */
  list(query: AuditQuery): Promise<readonly AuditRow[]>;
  /** In order, from `from` on: for the log's ACCESS-BATCH leaves and for exports. @throws IvrError STORAGE_FAILED */
  rows(from: number, limit: number): Promise<readonly AuditRow[]>;
  /** The last row; number 0 before the first. Undefined: somebody removed it. @throws IvrError STORAGE_FAILED */
  head(): Promise<Pick<AuditRow, 'seq' | 'hash'> | undefined>;
  /** Reads the chain again from its beginning. @returns the first row that does not follow, if any */
  verify(): Promise<{ readonly rows: number; readonly broken: number | null }>;
}
