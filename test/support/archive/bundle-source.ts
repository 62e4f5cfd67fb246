import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BundleRequest, BundleSource, BundleTools } from '../../../src/archive/export/bundle.ts';
import { exportLeaf, formatExportRecord } from '../../../src/archive/export/export-record.ts';
import { readVerifiers } from '../../../src/archive/export/read-verifiers.ts';
import { formatLeakCertificate } from '../../../src/archive/leaks/leak-certificate.ts';
import { leafOf } from '../../../src/archive/log/leaf.ts';
import type { Checkpoint, TransparencyLog } from '../../../src/archive/log/transparency-log.ts';
import { openTransparencyLog } from '../../../src/archive/log/open-transparency-log.ts';
import type { ArchivedManifest } from '../../../src/archive/manifest/archived-manifest.ts';
import { frameTree } from '../../../src/archive/manifest/frame-tree.ts';
import { recordingLeaf, signManifest } from '../../../src/archive/manifest/sign-manifest.ts';
import { formatReceipts } from '../../../src/archive/receipts/receipts-document.ts';
import { ed25519Signer } from '../../../src/archive/signing/ed25519-signer.ts';
import { rawEd25519 } from '../../../src/archive/signing/raw-key.ts';
import { signText } from '../../../src/archive/signing/sign-text.ts';
import type { Signer } from '../../../src/archive/signing/signer.ts';
import { sm2SignerOf } from '../../../src/archive/signing/sm2-signer.ts';
import { httpAuthority } from '../../../src/archive/timestamps/http-authority.ts';
import { httpWitness } from '../../../src/archive/witness/http-witness.ts';
import { keepCosigned } from '../../../src/archive/witness/keep-cosigned.ts';
import { openWitness } from '../../../src/archive/witness/open-witness.ts';
import { encodeFlacFrame } from '../../../src/audio/flac/encode-flac.ts';
import { FLAC_BLOCK_SIZE, formatFlacHeader } from '../../../src/audio/flac/flac-stream.ts';
import { ms } from '../../../src/domain/units.ts';
import { canonicalJson, type Json } from '../../../src/lib/canonical-json.ts';
import { type CryptoProfile, digestsOf, hashOf } from '../../../src/lib/crypto-profile.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { EVENTS, RECEIPTS, TRANSCRIPT } from './bundle-texts.ts';
import { openTimeStampAuthority } from './time-stamp-authority.ts';

const ORIGIN = 'bank.example/tellerline';
const WITNESS = 'audit.example/witness';
export const RECORDING = '01890a5d-ac96-774b-bcce-b302099a8057';

export interface BundleFixture {
  readonly source: BundleSource;
  readonly tools: BundleTools;
  readonly request: BundleRequest;
}

/** A recording of 4.5 s in a log of 32 leaves, cosigned and stamped; with `national`, by SM2 and SM3 too. */
export async function makeBundleFixture(
  options: { readonly national?: boolean; readonly masked?: boolean; readonly bare?: boolean } = {},
): Promise<BundleFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-bundle-'));
  try {
    return await make(folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function make(
  folder: string,
  { national = false, masked = false, bare = false }: NonNullable<Parameters<typeof makeBundleFixture>[0]>,
): Promise<BundleFixture> {
  const signer = ed25519Signer(generateKeyPairSync('ed25519').privateKey);
  const logSigner = ed25519Signer(generateKeyPairSync('ed25519').privateKey);
  const witnessSigner = ed25519Signer(generateKeyPairSync('ed25519').privateKey);
  const profile: CryptoProfile = national ? 'national' : 'international';
  const hash = hashOf(profile);
  const sm2 = national ? sm2SignerOf(randomBytes(32)) : undefined;
  const signers = sm2 === undefined ? [signer] : [signer, sm2];
  const flac = flacOf(4.5);
  const frameSecret = randomBytes(32);
  const said = [
    { path: 'transcript.json', bytes: json(TRANSCRIPT) },
    { path: 'events.json', bytes: json(EVENTS) },
    { path: 'receipts.json', bytes: Buffer.from(formatReceipts(RECORDING, 'bank@1', RECEIPTS)) },
  ];
  const documents = [...said, ...(await certified([{ path: 'audio.flac', bytes: flac }, ...said], signers, profile))];
  const manifest = await manifestOf(flac, frameSecret, documents, profile);
  const signed = await signManifest(manifest, signers);
  const request: BundleRequest = {
    purpose: 'complaint 4711',
    ticket: 'T-1',
    requestedBy: 'compliance.li',
    approvedBy: ['legal.wang'],
    madeAt: '2026-03-02T08:00:00.000Z',
    masked,
    redact: [],
  };
  const exportRecord = formatExportRecord(RECORDING, request, randomBytes(32).toString('hex'));
  const witnessKey = { name: WITNESS, raw: rawEd25519(witnessSigner.publicKey) };
  await using log = await openTransparencyLog({
    folder: join(folder, 'log'),
    origin: ORIGIN,
    signer: logSigner,
    sm2,
    hash,
    witnesses: [witnessKey],
  });
  const filler = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 14 }, () => log.append({ type: 'ACCESS-BATCH', digest: randomBytes(32) })));
  await filler();
  const textOf = (name: string): string => String(documents.find(({ path }) => path === name)?.bytes);
  const archived = [
    await log.append(recordingLeaf(signed, hash)),
    await log.append(leafOf('PLAYOUT', textOf('receipts.json'), hash)),
    await log.append(leafOf('LEAK-SCAN', textOf('leak-certificate.json'), hash)),
  ];
  const stamped = await log.checkpoint();
  await filler();
  const exportIndex = await log.append(exportLeaf(exportRecord, hash));
  const { timeStamps, certificates } = bare
    ? { timeStamps: [], certificates: [] }
    : await stampedAndCosigned(log, stamped, { folder, logSigner, witnessSigner });
  const checkpoint = log.cosigned() ?? (await log.checkpoint());
  const evidence = async (index: number): Promise<BundleSource['leaves'][number]> => ({
    leaf: await log.leaf(index),
    index,
    path: await log.inclusionProof(index, checkpoint.size),
  });
  const source: BundleSource = {
    manifest: signed,
    audio: async function* () {
      yield await Promise.resolve(flac);
    },
    frameSecret,
    documents,
    custody: [{ at: '2026-03-01T10:00:00.000Z', actor: 'compliance.li', action: 'listen', result: 'allowed' }],
    exportRecord,
    leaves: await Promise.all([...archived, exportIndex].map(evidence)),
    checkpoint,
    timeStamps,
    keys: [
      ...signers.map((one) => ({ use: 'manifest' as const, name: 'Example Bank', publicKey: one.publicKey })),
      { use: 'log', name: ORIGIN, publicKey: logSigner.publicKey },
      ...(sm2 === undefined ? [] : [{ use: 'log' as const, name: ORIGIN, publicKey: sm2.publicKey }]),
      { use: 'witness', name: WITNESS, publicKey: witnessSigner.publicKey },
    ],
    certificates,
  };
  const verifiers = await readVerifiers(new URL('../../../dist/verify/', import.meta.url));
  return { source, request, tools: { signers, verifiers, software: 'Tellerline 0.2.0' } };
}

/** By `openssl ts`, and by a witness of its own. */
async function stampedAndCosigned(
  log: TransparencyLog,
  stamped: Checkpoint,
  {
    folder,
    logSigner,
    witnessSigner,
  }: { readonly folder: string; readonly logSigner: Signer; readonly witnessSigner: Signer },
): Promise<Pick<BundleSource, 'timeStamps' | 'certificates'>> {
  await using authority = await openTimeStampAuthority();
  const token = await httpAuthority(authority.url, [authority.certificate]).stamp(
    Buffer.from(stamped.note),
    AbortSignal.timeout(15_000),
  );
  const proof = await log.consistencyProof(stamped.size, log.size);
  const timeStamps = [{ authority: 'Test TSA', note: stamped.note, token, proof }];

  await using witness = await openWitness(
    {
      folder: join(folder, 'witness'),
      name: WITNESS,
      signer: witnessSigner,
      logs: [{ name: ORIGIN, raw: rawEd25519(logSigner.publicKey) }],
      host: '127.0.0.1',
      port: 0,
    },
    systemClock,
    silentLogger,
  );
  await using cosigning = keepCosigned(
    log,
    [httpWitness(witness.url, { name: WITNESS, raw: rawEd25519(witnessSigner.publicKey) })],
    { every: ms(60_000), limit: ms(10_000) },
    systemClock,
    silentLogger,
  );
  await cosigning.round();
  return { timeStamps, certificates: [authority.certificate] };
}

/** The certificate of these files, signed. */
async function certified(
  files: BundleSource['documents'],
  signers: readonly Signer[],
  profile: CryptoProfile,
): Promise<BundleSource['documents']> {
  const sources = files.map(({ path, bytes }) => ({
    name: path,
    kind: path === 'audio.flac' ? ('audio' as const) : ('text' as const),
    bytes: bytes.length,
    ...digestsOf(bytes, profile),
  }));
  const facts = { salt: randomBytes(32).toString('hex'), recording: RECORDING, at: '2026-03-01T09:00:10.000Z' };
  const text = formatLeakCertificate(sources, { ...facts, software: 'Tellerline 0.2.0', keys: ['root key'] });
  const { signatures } = await signText(text, signers);
  return [
    { path: 'leak-certificate.json', bytes: Buffer.from(text) },
    { path: 'leak-certificate.sig.json', bytes: json({ signatures }) },
  ];
}

const json = (value: unknown): Buffer => Buffer.from(canonicalJson(value as Json));

async function manifestOf(
  flac: Uint8Array,
  frameSecret: Uint8Array,
  documents: BundleSource['documents'],
  profile: CryptoProfile,
): Promise<ArchivedManifest> {
  const entry = (path: string, bytes: Uint8Array) => ({ path, bytes: bytes.length, ...digestsOf(bytes, profile) });
  return {
    format: 'tellerline-archived-recording',
    version: 1,
    salt: randomBytes(32).toString('hex'),
    recording: RECORDING,
    contact: '01890a5d-ac96-774b-bcce-b302099a8058',
    direction: 'inbound',
    from: '+86******89',
    to: '95***',
    started_at: '2026-03-01T09:00:00.000Z',
    ended_at: '2026-03-01T09:00:04.500Z',
    archived_at: '2026-03-01T09:00:10.000Z',
    duration_ms: 4_500,
    sealed: { manifest_sha256: '0'.repeat(64), chain: '0'.repeat(64), recovered: false, lost_ms: 0 },
    audio: {
      ...entry('audio.flac', flac),
      codec: 'flac',
      rate: 8_000,
      samples: 36_000,
      channels: [
        { role: 'customer', tracks: ['customer'] },
        { role: 'heard-by-customer', tracks: ['bot', 'agent'] },
      ],
      frames: await frameTree(flac, frameSecret, hashOf(profile)),
    },
    files: documents.map(({ path, bytes }) => entry(path, bytes)),
    masked: [{ channel: 0, from_ms: 2_100, to_ms: 2_600, kind: 'card-number' }],
    retention: { class: 'service', policy: 'standard', policy_version: 1, retain_until: '2031-03-01' },
    clock: { source: 'chrony', offset_ms: 1, stratum: 3 },
    node: 'ivr-1',
    software: 'Tellerline 0.2.0',
  };
}

/** Two tones with noise, so that every second differs. */
export function flacOf(seconds: number): Uint8Array {
  const samples = Math.round(seconds * 8_000);
  let noise = 1;
  const channel = (hz: number): Int16Array =>
    Int16Array.from({ length: samples }, (_, n) => {
      noise = (noise * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.round(8_000 * Math.sin((2 * Math.PI * hz * n) / 8_000) + (noise % 512) - 256);
    });
  const channels = [channel(440), channel(1_000)];
  const header = formatFlacHeader({
    rate: 8_000,
    channels: 2,
    samples,
    blockSize: FLAC_BLOCK_SIZE,
    md5: new Uint8Array(16),
  });
  const frames: Uint8Array[] = [];
  for (let at = 0; at < samples; at += FLAC_BLOCK_SIZE)
    frames.push(
      encodeFlacFrame(
        channels.map((one) => one.subarray(at, at + FLAC_BLOCK_SIZE)),
        8_000,
        at / FLAC_BLOCK_SIZE,
      ),
    );
  return Buffer.concat([header, ...frames]);
}
