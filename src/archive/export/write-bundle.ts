import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { IvrError } from '../../domain/error.ts';
import { canonicalJson } from '../../lib/canonical-json.ts';
import { signText } from '../signing/sign-text.ts';
import type { SignedText } from '../signing/signer.ts';
import type { BundleRequest, BundleSource, BundleTools, WrittenBundle } from './bundle.ts';
import { bundleContent } from './bundle-content.ts';

const REGULAR_FILE = 0o100_644;
/** Already packed. */
const STORED = /\.flac$/;

/**
 * Writes an export bundle (docs/archive-export.md) as a ZIP file to `output` and ends it. The same source, request and
 * keys give the same bytes, but for what signs with random numbers (SM2).
 *
 * @throws IvrError BUNDLE_REFUSED when the source does not fit together; nothing has been written then
 */
export async function writeBundle(
  source: BundleSource,
  request: BundleRequest,
  tools: BundleTools,
  output: Writable,
): Promise<WrittenBundle> {
  const { files, manifest, redacted } = await bundleContent(source, request, tools);
  const national = tools.signers.some(({ algorithm }) => algorithm === 'sm2-sm3');
  const listing = canonicalJson({
    format: 'tellerline-export',
    version: 1,
    recording: manifest.recording,
    made_at: request.madeAt,
    purpose: request.purpose,
    ticket: request.ticket,
    requested_by: request.requestedBy,
    approved_by: request.approvedBy,
    recipient: request.recipient,
    redacted,
    files: [...files]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, bytes]) => ({
        path,
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        sm3: national ? createHash('sm3').update(bytes).digest('hex') : undefined,
      })),
  });
  const signed = await signText(listing, tools.signers);
  const whole = new Map<string, Uint8Array>([
    ...files,
    ['bundle.json', Buffer.from(listing)],
    ['bundle.sig.json', formatSignatures(signed)],
    ['verify.mjs', tools.verifiers.mjs],
    ['verify.html', tools.verifiers.html],
  ]);
  return zip(whole, new Date(request.madeAt), output);
}

/** What a file of signatures looks like beside what is signed. */
export const formatSignatures = ({ signatures }: SignedText): Uint8Array =>
  Buffer.from(canonicalJson({ signatures: signatures.map((one) => ({ ...one })) }));

async function zip(files: ReadonlyMap<string, Uint8Array>, mtime: Date, output: Writable): Promise<WrittenBundle> {
  const archive = new ZipFile();
  const failed = once(archive, 'error').then(([error]: unknown[]) => {
    throw new IvrError('BUNDLE_REFUSED', 'the bundle cannot be written as a ZIP file', {}, error);
  });
  // a time stamp of seconds and no extra fields: a ZIP with one reading alone
  const options = { mtime, mode: REGULAR_FILE, forceDosTimestamp: true };
  for (const [path, bytes] of files)
    archive.addBuffer(Buffer.from(bytes), path, { ...options, compress: !STORED.test(path) });
  archive.end();
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  await Promise.race([pipeline(archive.outputStream, counted, output), failed]);
  return { bytes, sha256: hash.digest('hex'), files: [...files.keys()] };
}
