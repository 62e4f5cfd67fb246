import { IvrError } from '../../domain/error.ts';
import type { Storage } from '../../storage/storage.ts';
import { orStorageFailed } from '../../storage/storage-failure.ts';
import { settleLegs } from './leg-rows.ts';
import { parseCsv } from './parse-csv.ts';

/* An independent record of the calls, of the SBC or PBX before us, compared with ours: whatever we lost, they still know. */

export interface ForeignCall {
  /** In the file, from 1. */
  readonly line: number;
  readonly sipCallId: string;
  /** Unix ms. */
  readonly startedAt: number;
  /** From the answer on; null: the file does not say. */
  readonly durationMs: number | null;
}

export interface CdrComparison {
  readonly compared: number;
  /** They had the call, and we have no record of it. */
  readonly unknownHere: readonly ForeignCall[];
  /** We have the call, in the time that their file covers, and they have not. */
  readonly unknownThere: readonly {
    readonly contact: string;
    readonly sipCallId: string;
    readonly startedAt: number;
  }[];
  /** Answered on both sides, and not of the same length. */
  readonly differing: readonly (ForeignCall & { readonly contact: string; readonly ourMs: number })[];
  /** Answered, and without a recording that is in the archive. */
  readonly unrecorded: readonly (ForeignCall & { readonly contact: string; readonly state: string })[];
}

/** Column names that people's systems give it, in lower case. */
const NAMES = {
  sipCallId: ['sip_call_id', 'sip-call-id', 'call-id', 'callid', 'call_id', 'uniqueid'],
  startedAt: ['started_at', 'start', 'start_time', 'calldate', 'start_stamp', 'setup_time'],
  duration: ['billsec', 'duration_s', 'duration', 'duration_seconds'],
} as const;

/** @throws IvrError CALL_RECORDS_INVALID naming the line and what was expected */
export function readForeignCalls(text: string): readonly ForeignCall[] {
  const [head = [], ...rows] = parseCsv(text);
  const columns = head.map((name) => name.trim().toLowerCase());
  const at = (wanted: readonly string[]): number => columns.findIndex((name) => wanted.includes(name));
  const [id, start, duration] = [at(NAMES.sipCallId), at(NAMES.startedAt), at(NAMES.duration)];
  const bad = (line: number, expected: string): IvrError =>
    new IvrError('CALL_RECORDS_INVALID', `the call records, line ${line}: expected ${expected}`, { line });
  if (id < 0) throw bad(1, `a column with the SIP Call-ID (${NAMES.sipCallId.join(', ')})`);
  if (start < 0) throw bad(1, `a column with the start (${NAMES.startedAt.join(', ')})`);
  if (rows.length === 0) throw bad(2, 'at least one call');
  return rows.map((row, n) => {
    const line = n + 2;
    const sipCallId = (row[id] ?? '').trim();
    const startedAt = instantOf((row[start] ?? '').trim());
    const length = duration < 0 ? '' : (row[duration] ?? '').trim();
    if (sipCallId === '') throw bad(line, 'a SIP Call-ID');
    if (startedAt === undefined)
      throw bad(line, 'a time with its zone, such as 2026-11-29T12:00:00+08:00, or Unix seconds');
    if (length !== '' && !/^\d+(?:\.\d+)?$/.test(length)) throw bad(line, 'a duration in seconds');
    return { line, sipCallId, startedAt, durationMs: length === '' ? null : Math.round(Number(length) * 1_000) };
  });
}

function instantOf(text: string): number | undefined {
  if (/^\d{9,10}(?:\.\d+)?$/.test(text)) return Math.round(Number(text) * 1_000);
  if (/^\d{12,13}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return undefined;
  const at = Date.parse(text.replace(' ', 'T').replaceAll(' ', ''));
  return Number.isNaN(at) ? undefined : at;
}

const PAGE = 500;
/** Clocks of two systems differ, and they count ringing differently. */
const MARGIN_MS = 60_000;
const MOST_MS = 2_000;
const MOST_SHARE = 0.01;
const ARCHIVED = new Set(['ARCHIVED', 'VERIFIED', 'DESTROYED', 'EXEMPT']);

interface OurRow {
  readonly contact: string;
  readonly sip_call_id: string;
  readonly offered_at: number;
  readonly answered_at: number | null;
  readonly ended_at: number | null;
  readonly state: string;
}

/** @throws IvrError STORAGE_FAILED */
export function compareCdr({ knex }: Storage, calls: readonly ForeignCall[]): Promise<CdrComparison> {
  return orStorageFailed('comparing call records', compare());

  async function compare(): Promise<CdrComparison> {
    const ours = new Map<string, OurRow>();
    await settleLegs(
      knex,
      calls.reduce((first, { startedAt }) => Math.min(first, startedAt), Number.MAX_SAFE_INTEGER) - MARGIN_MS,
    );
    const select = () =>
      knex('archive_leg as l')
        .join('archive_recording as r', 'r.id', 'l.recording')
        .select<OurRow[]>('l.contact', 'l.sip_call_id', 'l.offered_at', 'l.answered_at', 'l.ended_at', 'r.state');
    for (let from = 0; from < calls.length; from += PAGE) {
      const ids = calls.slice(from, from + PAGE).map(({ sipCallId }) => sipCallId);
      for (const row of await select().whereIn('l.sip_call_id', ids)) ours.set(row.sip_call_id, row);
    }
    const unknownHere: ForeignCall[] = [];
    const differing: CdrComparison['differing'][number][] = [];
    const unrecorded: CdrComparison['unrecorded'][number][] = [];
    for (const call of calls) {
      const our = ours.get(call.sipCallId);
      if (our === undefined) {
        unknownHere.push(call);
        continue;
      }
      const { contact, state } = our;
      const ourMs = our.answered_at === null || our.ended_at === null ? undefined : our.ended_at - our.answered_at;
      if (call.durationMs !== null && call.durationMs > 0 && !ARCHIVED.has(state))
        unrecorded.push({ ...call, contact, state });
      if (
        ourMs !== undefined &&
        call.durationMs !== null &&
        Math.abs(ourMs - call.durationMs) > Math.max(MOST_MS, MOST_SHARE * ourMs)
      )
        differing.push({ ...call, contact, ourMs });
    }
    return { compared: calls.length, unknownHere, unknownThere: await onlyOurs(select()), differing, unrecorded };
  }

  async function onlyOurs(query: {
    whereBetween(column: string, range: readonly [number, number]): PromiseLike<OurRow[]>;
  }): Promise<CdrComparison['unknownThere']> {
    if (calls.length === 0) return [];
    const starts = calls.map(({ startedAt }) => startedAt);
    const [first, last] = [starts.reduce((a, b) => Math.min(a, b)), starts.reduce((a, b) => Math.max(a, b))];
    const theirs = new Set(calls.map(({ sipCallId }) => sipCallId));
    const rows = await query.whereBetween('l.offered_at', [first + MARGIN_MS, last - MARGIN_MS]);
    return rows
      .filter(({ sip_call_id }) => !theirs.has(sip_call_id))
      .map(({ contact, sip_call_id, offered_at }) => ({ contact, sipCallId: sip_call_id, startedAt: offered_at }));
  }
}
