import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { codecOf } from '../../audio/codecs.ts';
import { layoutOf } from '../../audio/wav.ts';
import type { ContactId } from '../../domain/ids.ts';
import { wallMs } from '../../domain/units.ts';
import { canonicalJson, type Json } from '../../lib/canonical-json.ts';
import { type CryptoProfile, digestsOf } from '../../lib/crypto-profile.ts';
import { cipherOf, type ContainerHeader } from '../container/container.ts';
import type { KeyNeedle } from '../leaks/key-needles.ts';
import type { ScannedAudio } from '../leaks/scan-for-leaks.ts';
import type { ArchivedFile } from '../manifest/archived-manifest.ts';
import { signManifest } from '../manifest/sign-manifest.ts';
import { type ArchivePack, PACK_FORMAT } from './archive-pack.ts';
import type { ArchiveParts } from './archive-parts.ts';
import { type CallFacts, receiptsOf } from './call-facts.ts';
import { archivedManifest } from './archived-manifest-of.ts';
import { announced, channelsOf, contentOf, extraTracks, intentOf, sealedFacts } from './describe-sealed.ts';
import { lookForLeaks } from './look-for-leaks.ts';
import { type OpenedPack, writePackFile } from './pack-file.ts';
import type { PackOrder } from './pack-order.ts';
import type { SealedAudio } from './seal-audio.ts';
import { sealFile } from './seal-file.ts';
import { type ListedWav, stereoOf, trackOf } from './sealed-wavs.ts';

/** Encodes the audio into the work folder, signs the manifest of what came out, and writes the pack: from then on everything of this recording is fixed. */
export async function makePack(
  order: PackOrder,
  parts: ArchiveParts,
  onEncoded: () => Promise<void>,
): Promise<OpenedPack> {
  const { recording, manifest, work } = order;
  const frameSecret = new Uint8Array(randomBytes(32));
  const needles: KeyNeedle[] = [];
  try {
    const { audio, extras, tracks, scanned } = await sealAll(order, parts, frameSecret, needles);
    await onEncoded();

    const facts = await parts.facts(manifest.contact as ContactId, manifest);
    const intent = announced((await parts.index.find(recording)) ?? intentOf(manifest));
    await parts.index.describe(recording, facts.description, contentWith(contentOf(manifest), facts));
    const documents = filesOf(order, facts);
    const found = await lookForLeaks({ order, facts, files: documents, audio: scanned, needles }, parts);
    const files = { ...documents, ...found.files };
    const content = contentWith(contentOf(manifest), { ...facts, found: [...facts.found, ...found.spans] });
    if (found.spans.length > 0) await parts.index.setContent(recording, content);
    const listed = Object.entries(files).map((file) => entryOf(file, parts.profile));
    const signed = await signManifest(
      archivedManifest(order, audio, [...extras, ...listed], parts.wall()),
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
      intent,
      sealed: sealedFacts(manifest),
      description: facts.description,
      content,
      ...(found.leaks.length === 0 ? {} : { leaks: found.leaks }),
    };
    const { header, key } = await containerOf(
      order,
      'archived.json',
      'application/json',
      manifest.retention.class,
      parts,
    );
    await writePackFile(work, header, key, pack);
    key.fill(0);
    return { value: pack, key: header.key };
  } finally {
    for (const { bytes } of needles) bytes.fill(0);
  }
}

interface SealedAll {
  readonly audio: SealedAudio;
  readonly extras: readonly ArchivedFile[];
  /** By name, where each lies. */
  readonly tracks: ReadonlyMap<string, string>;
  readonly scanned: readonly ScannedAudio[];
}

/** @param needles - the keys that were looked for in it, and those that it was sealed under */
async function sealAll(
  order: PackOrder,
  parts: ArchiveParts,
  frameSecret: Uint8Array,
  needles: KeyNeedle[],
): Promise<SealedAll> {
  const { manifest, work } = order;
  const seal: Seal = async (wav, name, kept, to) => {
    const { header, key } = await containerOf(order, name, 'audio/flac', kept, parts);
    needles.push(...(await keysOf(order, header, key, needles, parts)));
    return parts.sealer.seal({
      wav: { path: wav.path, key: wav.key, layout: wav.layout, samples: wav.samples },
      wavSha256: wav.sha256,
      header,
      key,
      to,
      frameSecret,
      needles,
      profile: parts.profile,
    });
  };
  const audio = await seal(stereoOf(order), 'audio.flac', manifest.retention.class, join(work, 'audio.rec'));
  const { extras, tracks, scanned } = await sealTracks(order, parts, seal, needles);
  const { flac, tones, keys } = audio;
  const channels = channelsOf(manifest).map(({ tracks: own }) => own.includes('customer'));
  const customer = channels.indexOf(true);
  return {
    audio,
    extras,
    tracks,
    scanned: [{ ...flac, name: flac.path, tones, keys, customer: customer === -1 ? undefined : customer }, ...scanned],
  };
}

/** The keys of a container that are not looked for yet. */
async function keysOf(
  { recording }: PackOrder,
  { name, key: { epoch } }: ContainerHeader,
  key: Uint8Array,
  known: readonly KeyNeedle[],
  { keys }: ArchiveParts,
): Promise<readonly KeyNeedle[]> {
  const above = await keys.keysAbove(recording, epoch);
  const all = [...above, { name: `data key of ${name}`, bytes: Uint8Array.from(key) }];
  const isKnown = (one: KeyNeedle): boolean => known.some(({ name: other }) => other === one.name);
  for (const one of all) if (isKnown(one)) one.bytes.fill(0);
  return all.filter((one) => !isKnown(one));
}

async function containerOf(
  { recording, manifest }: PackOrder,
  name: string,
  mediaType: string,
  retentionClass: string,
  { keys, profile }: ArchiveParts,
): Promise<{ readonly header: ContainerHeader; readonly key: Uint8Array }> {
  const startedAt = wallMs(Date.parse(manifest.started_at));
  const { key, wrapped } = await keys.createDataKey(recording, retentionClass, startedAt);
  const { policy, policy_version } = manifest.retention;
  return {
    header: {
      recording,
      name,
      mediaType,
      retentionClass,
      policy,
      policyVersion: policy_version,
      key: wrapped,
      ...cipherOf(profile),
    },
    key,
  };
}

type Seal = (wav: ListedWav, name: string, kept: string, to: string) => Promise<SealedAudio>;

/**
 * Tracks that the stereo rendering does not hold: what the customer did not hear, under a class of its own; and what came in a
 * codec of which the rendering is a reduction (G.722), as it came.
 */
async function sealTracks(
  order: PackOrder,
  parts: ArchiveParts,
  seal: Seal,
  needles: KeyNeedle[],
): Promise<Pick<SealedAll, 'extras' | 'tracks' | 'scanned'>> {
  const { manifest, folder, work, locations } = order;
  const unheard = new Set(extraTracks(manifest));
  const extras: ArchivedFile[] = [];
  const scanned: ScannedAudio[] = [];
  const tracks = new Map<string, string>();
  for (const each of manifest.tracks) {
    const layout = layoutOf(codecOf(each.codec));
    const rendered = layout?.rate === manifest.rate;
    if (rendered && !unheard.has(each)) continue;
    const name = `${each.track}.${each.codec.toLowerCase()}`;
    const kept = unheard.has(each) ? `${manifest.retention.class}-${each.track}` : manifest.retention.class;
    const to = join(work, `${name}.rec`);
    if (rendered) {
      const { flac, tones, keys } = await seal(trackOf(order, each, layout), `${name}.flac`, kept, to);
      extras.push(flac);
      scanned.push({ ...flac, name: flac.path, tones, keys, customer: undefined });
    } else {
      const { header, key } = await containerOf(order, `${name}.wav`, 'audio/wav', kept, parts);
      needles.push(...(await keysOf(order, header, key, needles, parts)));
      const { profile } = parts;
      const { file, keys } = await sealFile({
        from: folder.at(each.path),
        sha256: each.sha256,
        header,
        key,
        to,
        needles,
        profile,
      });
      extras.push(file);
      scanned.push({ ...file, name: file.path, tones: undefined, keys, customer: undefined });
      key.fill(0);
    }
    tracks.set(name, locations.track(name));
  }
  return { extras, tracks, scanned };
}

const contentWith = (
  { events, spans }: ReturnType<typeof contentOf>,
  { found, segments }: CallFacts,
): ArchivePack['content'] => ({
  events,
  spans: [...spans, ...found].toSorted((a, b) => a.fromMs - b.fromMs),
  segments,
});

/** What is kept as text beside the audio. */
const filesOf = ({ recording, text }: PackOrder, facts: CallFacts): Readonly<Record<string, string>> => ({
  'events.json': canonicalJson(facts.events),
  'sealed.json': text,
  ...receiptsOf(recording, facts),
  ...(facts.transcript === undefined ? {} : { 'transcript.json': canonicalJson(facts.transcript as unknown as Json) }),
});

const entryOf = ([path, text]: [string, string], profile: CryptoProfile): ArchivedFile => ({
  path,
  bytes: Buffer.byteLength(text),
  ...digestsOf(Buffer.from(text), profile),
});
