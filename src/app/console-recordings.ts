import type {
  PartyRole,
  PlayedPrompt,
  RecordingDetail,
  RecordingReader,
  Span,
  TimelineEvent,
  TranscriptTurn,
} from '../archive/recording-reader.ts';
import type { IndexedRecording, RecordingSpan, TranscriptSegment } from '../archive/index/archive-index.ts';
import type { AudioChannel, ArchivedManifest } from '../archive/manifest/archived-manifest.ts';
import type { ArchivePack } from '../archive/pipeline/archive-pack.ts';
import { packOf } from '../archive/pipeline/locations.ts';
import { readStoredPack } from '../archive/pipeline/pack-file.ts';
import { fewerPeaks } from '../archive/pipeline/peaks.ts';
import type { PlayoutReceipt } from '../archive/receipts/playout-receipts.ts';
import type { Retention } from '../archive/retention/retention.ts';
import { contentOfCall } from '../archive/transcript/content-of-call.ts';
import type { CallEvent } from '../domain/call-event.ts';
import { IvrError } from '../domain/error.ts';
import { isUuid, type RecordingId } from '../domain/ids.ts';
import { isoDate, foundRecordingOf } from './found-recording.ts';
import type { OpenedArchive } from './open-archive.ts';
import { leakCertificateIn, receiptsIn } from './show-recording.ts';

type Kept = Pick<Retention, 'policies' | 'bases' | 'holds'>;

/** What the console shows of one recording: of its row in the index, and of the pack beside its audio. */
export function consoleRecordings(
  { index, blobs, keys, storage: { node } }: Pick<OpenedArchive, 'index' | 'blobs' | 'keys' | 'storage'>,
  retention: Kept,
): RecordingReader {
  /** @throws IvrError RECORDING_NOT_FOUND */
  async function read(id: string): Promise<IndexedRecording> {
    const row = isUuid(id) ? await index.find(id as RecordingId) : undefined;
    if (row === undefined) throw new IvrError('RECORDING_NOT_FOUND', 'there is no such recording');
    return row;
  }
  /** Undefined: it is not in its store yet, or not any more; or another node has its key. */
  const packFor = async ({ id, location, state, node: by }: IndexedRecording): Promise<ArchivePack | undefined> =>
    location === null || state === 'DESTROYED' || (by !== node && !(await keys.has(id)))
      ? undefined
      : (await readStoredPack(blobs, packOf(location), id, keys))?.value;

  const detail: RecordingReader['detail'] = async (id) => {
    const row = await read(id);
    const pack = await packFor(row);
    const { spans, segments, events } = await index.content(row.id);
    const channels = pack === undefined ? [] : manifestOf(pack).audio.channels;
    const call = pack === undefined ? undefined : callIn(pack, row);
    const holdsOfCall = (call?.spans ?? []).filter(({ kind }) => kind === 'hold');
    return {
      ...foundRecordingOf(row),
      channels: channels.map(({ tracks }, channel) => ({ channel, roles: tracks.map(roleOf) })),
      transcript: segments.map((segment) => turnOf(segment, channels)),
      spans: [...spans, ...holdsOfCall]
        .map((span) => shownSpan(span, channels))
        .toSorted((a, b) => a.fromMs - b.fromMs),
      played: pack === undefined ? [] : receiptsIn(pack).map((receipt) => playedOf(receipt, shiftOf(pack, row))),
      leakCertificate: certifiedAt(pack),
      events: (call?.events ?? events).map(({ atMs, type, facts }): TimelineEvent => ({ atMs, type, data: facts })),
      ...(await keptBy(row, retention)),
      sha256: row.sha256,
      manifestSha256: row.manifestSha256,
      leafIndex: row.leafIndex,
      keyEpoch: row.keyEpoch,
      lockUntil: row.lockUntil,
      recovered: row.recovered,
      lostMs: row.lostMs,
    };
  };

  return {
    async find(id) {
      const row = isUuid(id) ? await index.find(id as RecordingId) : undefined;
      return row === undefined ? undefined : foundRecordingOf(row);
    },
    detail,
    async peaks(id, masked) {
      const row = await read(id);
      const pack = await packFor(row);
      if (pack === undefined)
        throw new IvrError('RECORDING_NOT_FOUND', `recording ${id} is not in the archive`, { recording: id });
      const { perSecond, channels } = pack.peaks;
      const sides = manifestOf(pack).audio.channels;
      const hidden = masked ? (await index.content(row.id)).spans.filter(({ kind }) => kind === 'masked') : [];
      const shown = fewerPeaks({
        perSecond,
        channels: channels.map((text, channel) => {
          const peaks = new Int8Array(Buffer.from(text, 'base64'));
          for (const { track, fromMs, toMs } of hidden)
            if (sideOf(track, sides) === channel)
              peaks.fill(0, Math.floor((fromMs * perSecond) / 1000) * 2, Math.ceil((toMs * perSecond) / 1000) * 2);
          return peaks;
        }),
      });
      return { perSecond: shown.perSecond, channels: shown.channels.map((peaks) => [...peaks]) };
    },
  };
}

const manifestOf = ({ manifest }: ArchivePack): ArchivedManifest => JSON.parse(manifest.text) as ArchivedManifest;

/** From the offer of the call to sample 0 of the recording. */
function shiftOf({ files }: ArchivePack, { startedAt }: IndexedRecording): number {
  const [first] = JSON.parse(files['events.json'] ?? '[]') as readonly CallEvent[];
  return first === undefined ? 0 : startedAt - (first.at - first.t_ms);
}

const playedOf = (receipt: PlayoutReceipt, shift: number): PlayedPrompt => ({
  atMs: Math.max(0, Math.round((receipt.started_ms ?? 0) - shift)),
  notice:
    receipt.notice === undefined
      ? null
      : `${receipt.notice.id}${receipt.notice.version === null ? '' : ` v${receipt.notice.version}`}`,
  text: receipt.text,
  outcome: receipt.outcome,
  words: receipt.words,
  wordsPlayed: receipt.words_played ?? 0,
  endedIn: receipt.ended_in ?? null,
  counted: receipt.method === 'counted',
});

function certifiedAt(pack: ArchivePack | undefined): string | null {
  const text = leakCertificateIn(pack);
  return text === undefined ? null : (JSON.parse(text) as { readonly at: string }).at;
}

/** The journal of the call as it was archived, redacted. */
function callIn({ files }: ArchivePack, { startedAt }: IndexedRecording) {
  const events = JSON.parse(files['events.json'] ?? '[]') as readonly CallEvent[];
  return contentOfCall(events, { startedAt, recognizer: '', accountHash: () => null }).content;
}

const ROLES: Readonly<Record<string, PartyRole>> = {
  customer: 'customer',
  bot: 'bot',
  agent: 'agent',
  supervisor: 'supervisor',
  consulted: 'agent',
};
/** Of `consulted-2`, and of what the customer did not hear of a party, that of the party. */
const roleOf = (track: string): PartyRole => ROLES[track.split('-', 1)[0] ?? ''] ?? 'heard';

/** Where a track is heard; null: in neither channel. */
function channelOf(track: string, channels: readonly AudioChannel[]): number | null {
  const channel = channels.findIndex(({ tracks }) => tracks.includes(track));
  return channel === -1 ? null : channel;
}

/** As it is played: whoever is not the customer is heard on the other side, also one whose own track was never written. */
const sideOf = (track: string, channels: readonly AudioChannel[]): number =>
  channelOf(track, channels) ?? (track === 'customer' ? 0 : 1);

const turnOf = (
  { track, fromMs, toMs, text, confidence, words }: TranscriptSegment,
  channels: readonly AudioChannel[],
): TranscriptTurn => ({
  role: roleOf(track),
  channel: sideOf(track, channels),
  fromMs,
  toMs,
  text,
  confidence,
  words,
});

/** Found after the seal, so the audio has it. */
const FOUND_LATER: ReadonlySet<string> = new Set(['card-number', 'identity-number', 'pause-ran-out']);

function shownSpan({ track, fromMs, toMs, kind, source }: RecordingSpan, channels: readonly AudioChannel[]): Span {
  const shown = kind === 'secure' ? 'masked' : kind;
  return {
    channel: channelOf(track, channels),
    fromMs,
    toMs,
    kind: shown === 'masked' && FOUND_LATER.has(source) ? 'hidden' : source.includes('pause') ? 'pause' : shown,
    reason: source,
  };
}

async function keptBy(row: IndexedRecording, retention: Kept): Promise<Pick<RecordingDetail, 'bases' | 'heldBy'>> {
  const [bases, holds] = [await retention.bases(row.id), await retention.holds({ recording: row.id, inForce: true })];
  return {
    bases: bases.map(({ policy, policyVersion, legalReference, event, until }) => ({
      policy,
      version: policyVersion,
      legalReference,
      kind: event === null ? 'fixed' : 'event',
      event,
      until: isoDate(until),
    })),
    heldBy: holds.map(({ id, caseNumber, placedAt, placedBy }) => ({ id, caseNo: caseNumber, placedAt, by: placedBy })),
  };
}
