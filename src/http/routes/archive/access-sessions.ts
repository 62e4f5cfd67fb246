import type { AuditRow } from '../../../staff/audit.ts';

/** What somebody did with a recording on one access that was given to them: all rows of it, as one. */
export interface AccessSession extends AuditRow {
  /** Of its last row. */
  readonly until: AuditRow['at'];
  /** Rows of the audit trail that it stands for. */
  readonly rows: number;
  /** Of the audio that was sent, without what was sent twice; null: none was. */
  readonly playedMs: number | null;
}

/**
 * A player asks for a recording in many ranges, and each is a row of the trail before its first byte leaves. For people they are one access: what was done under one grant, by
 * one person, with one action. Rows that belong to no grant stay as they are.
 *
 * @param rows - newest first
 * @returns newest first, by their last row
 */
export function accessSessions(rows: readonly AuditRow[]): readonly AccessSession[] {
  const sessions = new Map<string, AuditRow[]>();
  for (const row of rows) {
    const { access } = row.detail;
    const key =
      typeof access === 'string'
        ? [access, row.actor, row.action, row.result === 'denied'].join('\0')
        : `row ${row.seq}`;
    const known = sessions.get(key);
    if (known === undefined) sessions.set(key, [row]);
    else known.push(row);
  }
  return [...sessions.values()].map(asOne);
}

function asOne(rows: readonly AuditRow[]): AccessSession {
  const [last, first] = [rows[0], rows.at(-1)] as [AuditRow, AuditRow];
  const played = playedIn(rows);
  const { range: _range, from_ms: _from, to_ms: _to, ...detail } = first.detail;
  return {
    ...first,
    detail: rows.length === 1 ? first.detail : detail,
    until: last.at,
    rows: rows.length,
    playedMs: played,
  };
}

/** The union of the ranges. */
function playedIn(rows: readonly AuditRow[]): number | null {
  const ranges = rows
    .map(({ detail }) => [detail['from_ms'], detail['to_ms']] as const)
    .filter((range): range is readonly [number, number] => range.every((at) => typeof at === 'number'))
    .toSorted(([a], [b]) => a - b);
  if (ranges.length === 0) return null;
  let [played, end] = [0, 0];
  for (const [from, to] of ranges) {
    played += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return played;
}
