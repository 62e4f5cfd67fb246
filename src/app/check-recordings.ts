import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CallTimes, timesAfter } from '../journal/call-times.ts';
import type { CallRow, JournalStore, RecordingRow } from '../journal/journal-store.ts';
import { callSpan } from '../recording/call-times.ts';
import { incompleteness } from '../recording/coverage.ts';
import { gapsTold } from '../recording/gaps-told.ts';
import { MANIFEST_NAME, type ManifestGap, parseManifest } from '../recording/manifest.ts';
import { verifyRecording } from '../recording/verify-recording.ts';
import type { SpoolKeys } from '../recording/spool/spool-keys.ts';
import { waitingRecordings } from '../recording/waiting-recordings.ts';

export interface CheckedCall {
  readonly contact: string;
  /** `waiting`: its recording lies in the spool, and the next start seals it. */
  readonly verdict: 'verified' | 'flawed' | 'damaged' | 'missing' | 'waiting';
  /** The recording's folder, when it has one. */
  readonly folder: string | undefined;
  readonly problems: readonly string[];
  /** What was lost of it, known and explained; undefined: nothing. Masks, holds and a late first packet are not losses. */
  readonly gaps?: string | undefined;
}

/** What the archive knows to be wrong with a recording that it has; undefined: it has none such. */
export type Archived = (recording: RecordingRow['id']) => Promise<readonly string[] | undefined>;

const PAGE = 500;

/**
 * The journal and the recordings, call by call and newest first: every answered call that has ended is owed a recording that
 * is as it was sealed and as long as the journal knows the call. Calls that nobody answered, and those under way, are passed over.
 *
 * @throws IvrError STORAGE_FAILED
 */
export async function* checkRecordings(
  store: JournalStore,
  directories: { readonly recordings: string; readonly spools: readonly string[] },
  archived: Archived = () => Promise.resolve(undefined),
  keys?: SpoolKeys,
): AsyncGenerator<CheckedCall, void, void> {
  const waiting = await waitingRecordings(directories.spools);
  let before: string | undefined;
  for (;;) {
    const page = await store.calls({ live: false, limit: PAGE, ...(before === undefined ? {} : { before }) });
    for (const call of page) {
      const checked = await checkCall(call, store, { directory: directories.recordings, waiting, archived, keys });
      if (checked !== undefined) yield checked;
    }
    before = page.at(-1)?.contact;
    if (page.length < PAGE) return;
  }
}

interface Sources {
  readonly directory: string;
  readonly waiting: ReadonlySet<string>;
  readonly archived: Archived;
  /** Of the spool: sealed recordings that wait for the archive are encrypted. */
  readonly keys: SpoolKeys | undefined;
}

async function checkCall(
  { contact }: CallRow,
  store: JournalStore,
  { directory, waiting, archived, keys }: Sources,
): Promise<CheckedCall | undefined> {
  const times = (await store.events(contact)).reduce<CallTimes | undefined>(timesAfter, undefined);
  if (times?.answered === undefined) return undefined;
  const seconds = ((times.ended - times.answered) / 1000).toFixed(1);
  const owed = { contact, folder: undefined };
  const rows = await store.recordings(contact);
  if (rows.length === 0)
    return { ...owed, verdict: 'missing', problems: [`the call took ${seconds} s and was not recorded`] };
  for (const row of rows) {
    const folder = await folderOf(row, directory);
    if (folder !== undefined) return { contact, folder, ...(await judge(folder, times, keys)) };
  }
  if (rows.some(({ id }) => waiting.has(id)))
    return { ...owed, verdict: 'waiting', problems: ['it lies in the spool: start Tellerline, which seals it'] };
  for (const { id } of rows) {
    const problems = await archived(id);
    if (problems !== undefined) return { ...owed, verdict: problems.length === 0 ? 'verified' : 'flawed', problems };
  }
  const errors = rows.map(({ state, error }) => error ?? state).join('; ');
  return {
    ...owed,
    verdict: 'missing',
    problems: [`the call took ${seconds} s and has no sealed recording (${errors})`],
  };
}

/** Where the journal says, or where it would be now if the whole directory was moved. */
async function folderOf({ id, path, opened_at }: RecordingRow, directory: string): Promise<string | undefined> {
  const day = new Date(opened_at).toISOString().slice(0, 10).split('-');
  const places = [...(path === null ? [] : [dirname(path)]), join(directory, ...day, id)];
  for (const place of places) if ((await stat(place).catch(() => undefined)) !== undefined) return place;
  return undefined;
}

/** A manifest of before recordings were compared with the journal says nothing of the call: then the journal itself does. */
async function judge(
  folder: string,
  times: CallTimes,
  keys: SpoolKeys | undefined,
): Promise<Pick<CheckedCall, 'verdict' | 'problems' | 'gaps'>> {
  const { intact, problems } = await verifyRecording(folder, keys);
  if (!intact) return { verdict: 'damaged', problems };
  const manifest = parseManifest(await readFile(join(folder, MANIFEST_NAME), 'utf8'));
  if ('problem' in manifest) return { verdict: 'damaged', problems: [manifest.problem] };
  const span = callSpan(times, Date.parse(manifest.started_at));
  const all = [...new Set([...problems, ...incompleteness(manifest, manifest.call ?? span)])];
  return {
    verdict: all.length === 0 ? 'verified' : 'flawed',
    problems: all,
    gaps: gapsTold(manifest.gaps.filter(isLoss)),
  };
}

/** Without packets for so long (1 s) a far end was not heard; for less it had not begun to send. */
const NOT_HEARD = 8_000;

function isLoss({ because, samples }: ManifestGap): boolean {
  if (because === 'masked' || because === 'hold') return false;
  return because !== 'no-rtp' || samples >= NOT_HEARD;
}
