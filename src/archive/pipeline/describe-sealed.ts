import type { ContactId, LegId, RecordingId } from '../../domain/ids.ts';
import type { RecordingIntent } from '../../domain/recording-intent.ts';
import { recordingMs, TELEPHONE_RATE, wallMs } from '../../domain/units.ts';
import type { Manifest } from '../../recording/manifest.ts';
import type { RecordingContent, RecordingSpan, SealedFacts } from '../index/archive-index.ts';
import type { AudioChannel, MaskedSpan } from '../manifest/archived-manifest.ts';

/* What a sealed recording's manifest says, in the words of the index and of the archived manifest. */

const PER_MS = TELEPHONE_RATE / 1000;

/** For a recording that nobody announced: its row says what the recording itself knows. Hashes of numbers are not among it, they are masked. */
export const intentOf = (manifest: Manifest): RecordingIntent => ({
  id: manifest.recording as RecordingId,
  contact: manifest.contact as ContactId,
  leg: manifest.contact as unknown as LegId,
  node: manifest.node,
  direction: manifest.direction === 'outbound' ? 'outbound' : 'inbound',
  startedAt: wallMs(Date.parse(manifest.started_at)),
  sipCallId: manifest.sip_call_id,
  caller: manifest.from,
  callee: manifest.to,
  callerHash: null,
  calleeHash: null,
  retentionClass: manifest.retention.class,
});

/** Of an index row, what was announced of it. */
export function announced(row: RecordingIntent): RecordingIntent {
  const { id, contact, leg, node, direction, startedAt, sipCallId, caller, callee, callerHash, calleeHash } = row;
  const call = { id, contact, leg, node, direction, startedAt, sipCallId };
  return { ...call, caller, callee, callerHash, calleeHash, retentionClass: row.retentionClass };
}

export const sealedFacts = (manifest: Manifest): SealedFacts => ({
  endedAt: wallMs(Date.parse(manifest.ended_at)),
  durationMs: Math.round(manifest.duration_ms),
  codec: manifest.codec,
  recovered: manifest.recovered,
  lostMs: manifest.lost_ms,
  gaps: manifest.gaps.length,
});

const KINDS: Readonly<Record<string, RecordingSpan['kind']>> = { masked: 'masked', hold: 'hold' };

/** Every gap of every track as a span, and the recorder's own events. */
export const contentOf = ({ gaps, events }: Manifest): Pick<RecordingContent, 'events' | 'spans'> => ({
  spans: gaps.map(({ track, at, samples, because }) => ({
    track,
    fromMs: Math.round(at / PER_MS),
    toMs: Math.round((at + samples) / PER_MS),
    kind: KINDS[because] ?? 'gap',
    level: because === 'masked' ? 'C3' : 'C1',
    source: because === 'masked' ? 'secure-state' : because,
  })),
  events: events.map(({ t_ms, type, facts }) => ({
    atMs: recordingMs(t_ms),
    type,
    facts: Object.fromEntries(
      Object.entries(facts).filter((fact): fact is [string, string | number | boolean] =>
        ['string', 'number', 'boolean'].includes(typeof fact[1]),
      ),
    ),
  })),
});

/** The role is the track's, wherever it lies. */
export const channelsOf = ({ audio }: Manifest): readonly AudioChannel[] => [
  { role: 'customer', tracks: audio.left },
  { role: 'heard-by-customer', tracks: audio.right },
];

export const maskedIn = ({ audio, gaps }: Manifest): readonly MaskedSpan[] =>
  gaps
    .filter(({ because }) => because === 'masked')
    .flatMap(({ track, at, samples }) =>
      [audio.left, audio.right].flatMap((tracks, channel) =>
        tracks.includes(track)
          ? [
              {
                channel,
                from_ms: Math.round(at / PER_MS),
                to_ms: Math.round((at + samples) / PER_MS),
                kind: 'secret-entry' as const,
              },
            ]
          : [],
      ),
    );

/** Tracks that are in neither channel, by their files. */
export const extraTracks = ({ audio, tracks }: Manifest): Manifest['tracks'] =>
  tracks.filter(({ track }) => !audio.left.includes(track) && !audio.right.includes(track));
