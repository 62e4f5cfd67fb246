import { createHash } from 'node:crypto';
import { IvrError } from '../../domain/error.ts';
import { canonicalJson, type Json } from '../../lib/canonical-json.ts';
import type { ArchivedManifest } from '../manifest/archived-manifest.ts';
import type { Transcript } from '../manifest/transcript.ts';
import type { ArchivedDocument, BundleRequest, BundleSource, BundleTools } from './bundle.ts';
import { bundleProof } from './bundle-proof.ts';
import { makeVcon, signVcon } from './make-vcon.ts';
import { readmeChinese, readmeEnglish } from './readme.ts';
import { framesWithin, redactAudio } from './redact-audio.ts';
import { type IsHidden, redactEvents, redactTranscript } from './redact-documents.ts';
import { transcriptPage } from './transcript-page.ts';

/** 512 MiB: some thirteen hours. */
const LARGEST_AUDIO = 2 ** 29;

export interface BundleContent {
  readonly manifest: ArchivedManifest;
  readonly redacted: boolean;
  /** By path: all that the signed list has. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The files of a bundle but the signed list and the verifiers. @throws IvrError BUNDLE_REFUSED */
export async function bundleContent(
  source: BundleSource,
  request: BundleRequest,
  tools: BundleTools,
): Promise<BundleContent> {
  const manifest = JSON.parse(source.manifest.text) as ArchivedManifest;
  const archived = await readAudio(source, manifest);
  const spans = request.masked ? [...manifest.masked, ...request.redact] : request.redact;
  const hidden = framesWithin(spans, manifest);
  const redacted = hidden.size > 0;
  const audio = redacted ? await redactAudio(archived, source.frameSecret, manifest, hidden) : undefined;
  const flac = audio?.flac ?? archived;
  const frames =
    audio === undefined ? { secret: Buffer.from(source.frameSecret).toString('hex') } : { frames: audio.frames };
  const documents = redacted ? redactDocuments(source.documents, hiddenIn(hidden, manifest)) : source.documents;
  const transcript = documents.find(({ path }) => path === 'transcript.json')?.bytes;
  const vcon = makeVcon({
    manifest,
    manifestText: source.manifest.text,
    flac,
    redacted,
    transcript: transcript === undefined ? undefined : Buffer.from(transcript).toString(),
    madeAt: request.madeAt,
    software: tools.software,
  });
  const [first] = tools.signers;
  if (first?.algorithm !== 'ed25519') throw refused('keys.json', 'the first key that signs must be Ed25519');
  const readme = {
    recording: manifest.recording,
    startedAt: manifest.started_at,
    request,
    redacted,
    fingerprints: tools.signers.map(({ keyId }) => keyId),
    software: tools.software,
  };
  const files = new Map<string, Uint8Array>([
    ['audio.flac', flac],
    ['frames.json', json(frames)],
    [
      'redaction.json',
      json({ masked: manifest.masked, ordered: request.redact, silent_seconds: audio?.hidden ?? 0 } as unknown as Json),
    ],
    ['manifest.json', Buffer.from(source.manifest.text)],
    ['manifest.sig.json', json({ signatures: source.manifest.signatures.map((one) => ({ ...one })) })],
    ['custody.jsonl', Buffer.from(source.custody.map((row) => `${canonicalJson(row)}\n`).join(''))],
    ['export.json', Buffer.from(source.exportRecord)],
    ['recording.vcon', Buffer.from(await signVcon(vcon, first))],
    ['README_en.txt', Buffer.from(readmeEnglish(readme))],
    ['README_zh.txt', Buffer.from(readmeChinese(readme))],
    ...documents.map(({ path, bytes }) => [path, bytes] as const),
    ...bundleProof(source),
  ]);
  for (const { path, bytes } of documents)
    if (TRANSCRIPT.test(path))
      files.set(
        path.replace('.json', '.html'),
        Buffer.from(transcriptPage(JSON.parse(Buffer.from(bytes).toString()) as Transcript, manifest)),
      );
  return { manifest, redacted, files };
}

async function readAudio(source: BundleSource, manifest: ArchivedManifest): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of source.audio()) {
    bytes += piece.length;
    if (bytes > LARGEST_AUDIO) throw refused('audio.flac', `more than ${LARGEST_AUDIO} bytes of audio`);
    pieces.push(piece);
  }
  const audio = Buffer.concat(pieces);
  if (createHash('sha256').update(audio).digest('hex') !== manifest.audio.sha256)
    throw refused('audio.flac', 'it is not what the manifest commits to');
  return audio;
}

/** Nothing in them was said by the customer. */
const SAYS_NOTHING: ReadonlySet<string> = new Set([
  'receipts.json',
  'leak-certificate.json',
  'leak-certificate.sig.json',
]);

const hiddenIn =
  (hidden: ReadonlySet<number>, { audio }: ArchivedManifest): IsHidden =>
  (channel, fromMs, toMs) => {
    const channels = audio.channels.length;
    const frameMs = (audio.frames.frame_samples * 1000) / audio.rate;
    for (let frame = Math.max(0, Math.floor(fromMs / frameMs)); frame * frameMs < toMs; frame++)
      for (let one = 0; one < channels; one++)
        if ((channel === undefined || channel === one) && hidden.has(frame * channels + one)) return true;
    return false;
  };

/** The first one, and those of later models. */
const TRANSCRIPT = /^transcript(?:-\d+)?\.json$/;

function redactDocuments(documents: readonly ArchivedDocument[], hidden: IsHidden): readonly ArchivedDocument[] {
  const redacted: ArchivedDocument[] = [];
  for (const { path, bytes } of documents) {
    const value = (): unknown => JSON.parse(Buffer.from(bytes).toString());
    if (TRANSCRIPT.test(path))
      redacted.push({ path, bytes: json(redactTranscript(value() as Transcript, hidden) as unknown as Json) });
    else if (path === 'events.json')
      redacted.push({
        path,
        bytes: json(redactEvents(value() as Readonly<Record<string, unknown>>[], hidden) as Json),
      });
    else if (SAYS_NOTHING.has(path)) redacted.push({ path, bytes });
    // nothing else is given away: what is in it is not known here
  }
  return redacted;
}

const json = (value: Json): Uint8Array => Buffer.from(canonicalJson(value));

const refused = (file: string, what: string): IvrError =>
  new IvrError('BUNDLE_REFUSED', `the bundle cannot be made: ${file}: ${what}`, { file });
