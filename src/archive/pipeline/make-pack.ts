import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { codecOf } from '../../audio/codecs.ts';
import { layoutOf, type WavLayout } from '../../audio/wav.ts';
import type { ContactId, RecordingId } from '../../domain/ids.ts';
import { wallMs } from '../../domain/units.ts';
import { canonicalJson, type Json } from '../../lib/canonical-json.ts';
import type { FileEntry, Manifest, ManifestTrack } from '../../recording/manifest.ts';
import type { ContainerHeader } from '../container/container.ts';
import type { KeyStore } from '../keys/key-store.ts';
import { ARCHIVED_FORMAT, ARCHIVED_VERSION, type ArchivedManifest } from '../manifest/archived-manifest.ts';
import { signManifest } from '../manifest/sign-manifest.ts';
import { type ArchivePack, PACK_FORMAT } from './archive-pack.ts';
import type { ArchiveParts } from './archive-parts.ts';
import type { CallFacts } from './call-facts.ts';
import { announced, channelsOf, contentOf, extraTracks, intentOf, maskedIn, sealedFacts } from './describe-sealed.ts';
import type { Locations } from './locations.ts';
import { type OpenedPack, writePackFile } from './pack-file.ts';
import type { SealedWav } from './read-wav.ts';
import type { SealedAudio } from './seal-audio.ts';
import { sealFile } from './seal-file.ts';

export interface PackOrder {
  readonly recording: RecordingId;
  /** The sealed folder, and its manifest as it lies there. */
  readonly source: string;
  readonly manifest: Manifest;
  readonly text: string;
  readonly work: string;
  readonly locations: Locations;
  readonly software: string;
}

/** Encodes the audio into the work folder, signs the manifest of what came out, and writes the pack: from then on everything of this recording is fixed. */
export async function makePack(
  order: PackOrder,
  parts: ArchiveParts,
  onEncoded: () => Promise<void>,
): Promise<OpenedPack> {
  const { recording, manifest, work } = order;
  const frameSecret = new Uint8Array(randomBytes(32));
  const seal: Seal = async (wav, name, kept, to) => {
    const { header, key } = await containerOf(order, name, 'audio/flac', kept, parts.keys);
    return parts.sealer.seal({
      wav: { path: wav.path, layout: wav.layout, samples: wav.samples },
      wavSha256: wav.sha256,
      header,
      key,
      to,
      frameSecret,
    });
  };
  const kept = manifest.retention.class;
  const audio = await seal(stereoOf(order), 'audio.flac', kept, join(work, 'audio.rec'));
  const { extras, tracks } = await sealTracks(order, parts, seal);
  await onEncoded();

  const facts = await parts.facts(manifest.contact as ContactId, manifest);
  const files = filesOf(order.text, facts);
  const signed = await signManifest(
    archivedManifest(order, audio, [...extras, ...Object.entries(files).map(entryOf)], parts.wall()),
    parts.signers,
  );
  const pack: ArchivePack = {
    format: PACK_FORMAT,
    version: 1,
    manifest: signed,
    frameSecret: Buffer.from(frameSecret).toString('hex'),
    files,
    tracks: [...tracks].map(([track, location]) => ({ track, location })),
    peaks: {
      perSecond: audio.peaks.perSecond,
      channels: audio.peaks.channels.map((peaks) => Buffer.from(peaks.buffer).toString('base64')),
    },
    intent: announced((await parts.index.find(recording)) ?? intentOf(manifest)),
    sealed: sealedFacts(manifest),
    description: facts.description,
    content: contentWith(contentOf(manifest), facts),
  };
  await parts.index.describe(recording, facts.description);
  await parts.index.setContent(recording, pack.content);
  const { header, key } = await containerOf(order, 'archived.json', 'application/json', kept, parts.keys);
  await writePackFile(work, header, key, pack);
  key.fill(0);
  return { value: pack, key: header.key };
}

async function containerOf(
  { recording, manifest }: PackOrder,
  name: string,
  mediaType: string,
  retentionClass: string,
  keys: KeyStore,
): Promise<{ readonly header: ContainerHeader; readonly key: Uint8Array }> {
  const startedAt = wallMs(Date.parse(manifest.started_at));
  const { key, wrapped } = await keys.createDataKey(recording, retentionClass, startedAt);
  const { policy, policy_version } = manifest.retention;
  return {
    header: { recording, name, mediaType, retentionClass, policy, policyVersion: policy_version, key: wrapped },
    key,
  };
}

type Seal = (wav: SealedWav & FileEntry, name: string, kept: string, to: string) => Promise<SealedAudio>;

/**
 * Tracks that the stereo rendering does not hold: what the customer did not hear, under a class of its own; and what came in a
 * codec of which the rendering is a reduction (G.722), as it came.
 */
async function sealTracks(
  order: PackOrder,
  { keys }: ArchiveParts,
  seal: Seal,
): Promise<{ readonly extras: readonly FileEntry[]; readonly tracks: ReadonlyMap<string, string> }> {
  const { manifest, source, work, locations } = order;
  const unheard = new Set(extraTracks(manifest));
  const extras: FileEntry[] = [];
  const tracks = new Map<string, string>();
  for (const each of manifest.tracks) {
    const layout = layoutOf(codecOf(each.codec));
    const rendered = layout?.rate === manifest.rate;
    if (rendered && !unheard.has(each)) continue;
    const name = `${each.track}.${each.codec.toLowerCase()}`;
    const kept = unheard.has(each) ? `${manifest.retention.class}-${each.track}` : manifest.retention.class;
    const to = join(work, `${name}.rec`);
    if (rendered) extras.push((await seal(trackOf(order, each, layout), `${name}.flac`, kept, to)).flac);
    else {
      const { header, key } = await containerOf(order, `${name}.wav`, 'audio/wav', kept, keys);
      extras.push(await sealFile({ from: join(source, each.path), sha256: each.sha256, header, key, to }));
      key.fill(0);
    }
    tracks.set(name, locations.track(name));
  }
  return { extras, tracks };
}

const stereoOf = ({ source, manifest: { audio, samples, rate } }: PackOrder): SealedWav & FileEntry => ({
  ...audio,
  path: join(source, audio.path),
  layout: { format: 'pcm16', rate, channels: 2 },
  samples,
});

const trackOf = (
  { source, manifest: { samples } }: PackOrder,
  track: ManifestTrack,
  layout: WavLayout,
): SealedWav & FileEntry => ({ ...track, path: join(source, track.path), layout, samples });

const contentWith = (
  { events, spans }: ReturnType<typeof contentOf>,
  { found, segments }: CallFacts,
): ArchivePack['content'] => ({
  events,
  spans: [...spans, ...found].toSorted((a, b) => a.fromMs - b.fromMs),
  segments,
});

/** What is kept as text beside the audio. */
const filesOf = (sealed: string, { events, transcript }: CallFacts): Readonly<Record<string, string>> => ({
  'events.json': canonicalJson(events),
  'sealed.json': sealed,
  ...(transcript === undefined ? {} : { 'transcript.json': canonicalJson(transcript as unknown as Json) }),
});

const entryOf = ([path, text]: [string, string]): FileEntry => ({
  path,
  bytes: Buffer.byteLength(text),
  sha256: createHash('sha256').update(text).digest('hex'),
});

function archivedManifest(
  { recording, manifest, text, software }: PackOrder,
  audio: SealedAudio,
  files: readonly FileEntry[],
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
    sealed: { manifest_sha256: entryOf(['', text]).sha256, chain: spool.chain, recovered, lost_ms },
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
