import type { CallEvent } from '../domain/call-event.ts';
import type { CallSummary } from '../domain/call-summary.ts';
import type { CallFilter, CallRow, JournalStore, RecordingRow } from './journal-store.ts';

export interface CallList {
  /** Newest first. Live calls are known even when the database is not. @throws IvrError STORAGE_FAILED */
  list(filter: CallFilter): Promise<readonly CallSummary[]>;
  /** @throws IvrError STORAGE_FAILED */
  find(contact: string): Promise<
    | {
        readonly call: CallSummary;
        readonly events: readonly CallEvent[];
        readonly recordings: readonly RecordingRow[];
      }
    | undefined
  >;
}

/**
 * @param upToDate - resolves when the database has all that was appended
 * @param live - the calls under way, oldest first
 */
export function openCallList(
  store: JournalStore,
  upToDate: () => Promise<void>,
  live: () => readonly CallRow[],
): CallList {
  return {
    async list(filter) {
      if (filter.live === true) {
        const all = [...live(), ...(await store.elsewhere().catch(() => []))]; // our own are known in any case
        return all.filter(matches(filter)).sort(newestFirst).slice(0, filter.limit).map(summarize);
      }
      await upToDate();
      return (await store.calls(filter)).map(summarize);
    },
    async find(contact) {
      await upToDate();
      const call = await store.call(contact);
      if (call === undefined) return undefined;
      const [events, recordings] = [await store.events(contact), await store.recordings(contact)];
      return { call: summarize(call), events, recordings };
    },
  };
}

const newestFirst = (a: CallRow, b: CallRow): number => (a.contact < b.contact ? 1 : -1);

const matches =
  ({ since = 0, until = Infinity, because, before }: CallFilter) =>
  (call: CallRow): boolean =>
    call.offered_at >= since &&
    call.offered_at < until &&
    (because === undefined || call.because === because) &&
    (before === undefined || call.contact < before);

const summarize = ({ caller, callee, ...call }: CallRow): CallSummary => ({
  contact: call.contact,
  live: call.ended_at === null,
  offered_at: call.offered_at,
  answered_at: call.answered_at,
  ended_at: call.ended_at,
  from: caller,
  to: callee,
  because: call.because,
  duration_ms: call.duration_ms,
  recording: call.recording,
  dialplan: call.dialplan,
});
