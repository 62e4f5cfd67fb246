import { randomBytes } from 'node:crypto';
import { digestsOf } from '../../lib/crypto-profile.ts';
import {
  ARCHIVED_FORMAT,
  ARCHIVED_VERSION,
  type ArchivedFile,
  type ArchivedManifest,
} from '../manifest/archived-manifest.ts';
import { channelsOf, maskedIn } from './describe-sealed.ts';
import type { PackOrder } from './pack-order.ts';
import type { SealedAudio } from './seal-audio.ts';

/** What the archive commits to of a recording. @param now - Unix ms */
export function archivedManifest(
  { recording, manifest, text, software }: PackOrder,
  audio: SealedAudio,
  files: readonly ArchivedFile[],
  now: number,
): ArchivedManifest {
  const { direction, from, to, started_at, ended_at, duration_ms, spool, recovered, lost_ms, retention, node, rate } =
    manifest;
  return {
    format: ARCHIVED_FORMAT,
    version: ARCHIVED_VERSION,
    salt: randomBytes(32).toString('hex'),
    recording,
    contact: manifest.contact,
    direction,
    from,
    to,
    started_at,
    ended_at,
    archived_at: new Date(now).toISOString(),
    duration_ms,
    sealed: {
      manifest_sha256: digestsOf(Buffer.from(text), 'international').sha256,
      chain: spool.chain,
      recovered,
      lost_ms,
    },
    audio: {
      ...audio.flac,
      codec: 'flac',
      rate,
      samples: audio.samples,
      channels: channelsOf(manifest),
      frames: audio.frames,
    },
    files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    masked: maskedIn(manifest),
    retention,
    clock: { source: 'system' },
    node,
    software,
  };
}
