import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BundleRequest, BundleSource, BundleTools } from '../../../src/archive/export/bundle.ts';
import { exportLeaf, formatExportRecord } from '../../../src/archive/export/export-record.ts';
import { readVerifiers } from '../../../src/archive/export/read-verifiers.ts';
import { openTransparencyLog } from '../../../src/archive/log/open-transparency-log.ts';
import type { ArchivedManifest } from '../../../src/archive/manifest/archived-manifest.ts';
import { frameTree } from '../../../src/archive/manifest/frame-tree.ts';
import { recordingLeaf, signManifest } from '../../../src/archive/manifest/sign-manifest.ts';
import { ed25519Signer } from '../../../src/archive/signing/ed25519-signer.ts';
import { rawEd25519 } from '../../../src/archive/signing/raw-key.ts';
import { sm2Signer } from '../../../src/archive/signing/sm2-signer.ts';
import { httpAuthority } from '../../../src/archive/timestamps/http-authority.ts';
import { httpWitness } from '../../../src/archive/witness/http-witness.ts';
import { keepCosigned } from '../../../src/archive/witness/keep-cosigned.ts';
import { openWitness } from '../../../src/archive/witness/open-witness.ts';
import { encodeFlacFrame } from '../../../src/audio/flac/encode-flac.ts';
import { FLAC_BLOCK_SIZE, formatFlacHeader } from '../../../src/audio/flac/flac-stream.ts';
import { ms } from '../../../src/domain/units.ts';
import { canonicalJson, type Json } from '../../../src/lib/canonical-json.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { openTimeStampAuthority } from './time-stamp-authority.ts';

const ORIGIN = 'bank.example/tellerline';
const WITNESS = 'audit.example/witness';
export const RECORDING = '01890a5d-ac96-774b-bcce-b302099a8057';

export interface BundleFixture {
  readonly source: BundleSource;
  readonly tools: BundleTools;
  readonly request: BundleRequest;
}

/** A recording of 4.5 s in a log of 30 leaves, cosigned and stamped; with `national`, signed by SM2 too. */
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
  const signers = national ? [signer, sm2Signer(`7${randomBytes(32).toString('hex').slice(1)}`)] : [signer];
  const flac = flacOf(4.5);
  const frameSecret = randomBytes(32);
  const documents = [
    { path: 'transcript.json', bytes: json(TRANSCRIPT) },
    { path: 'events.json', bytes: json(EVENTS) },
  ];
  const manifest = await manifestOf(flac, frameSecret, documents);
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
    witnesses: [witnessKey],
  });
  const filler = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 14 }, () => log.append({ type: 'ACCESS-BATCH', digest: randomBytes(32) })));
  await filler();
  const recordingIndex = await log.append(recordingLeaf(signed));
  const stamped = await log.checkpoint();
  await filler();
  const exportIndex = await log.append(exportLeaf(exportRecord));
  const timeStamps: BundleSource['timeStamps'][number][] = [];
  const certificates: Uint8Array[] = [];
  if (!bare) {
    await using authority = await openTimeStampAuthority();
    const token = await httpAuthority(authority.url, [authority.certificate]).stamp(
      Buffer.from(stamped.note),
      AbortSignal.timeout(15_000),
    );
    const proof = await log.consistencyProof(stamped.size, log.size);
    timeStamps.push({ authority: 'Test TSA', note: stamped.note, token, proof });
    certificates.push(authority.certificate);
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
      [httpWitness(witness.url, witnessKey)],
      { every: ms(60_000), limit: ms(10_000) },
      systemClock,
      silentLogger,
    );
    await cosigning.round();
  }
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
    leaves: [await evidence(recordingIndex), await evidence(exportIndex)],
    checkpoint,
    timeStamps,
    keys: [
      ...signers.map((one) => ({ use: 'manifest' as const, name: 'Example Bank', publicKey: one.publicKey })),
      { use: 'log', name: ORIGIN, publicKey: logSigner.publicKey },
      { use: 'witness', name: WITNESS, publicKey: witnessSigner.publicKey },
    ],
    certificates,
  };
  const verifiers = await readVerifiers(new URL('../../../dist/verify/', import.meta.url));
  return { source, request, tools: { signers, verifiers, software: 'Tellerline 0.2.0' } };
}

const TRANSCRIPT = {
  language: 'en',
  model: 'test',
  turns: [
    { channel: 1, speaker: 'bot', from_ms: 0, to_ms: 900, text: 'How can I help?' },
    {
      channel: 0,
      speaker: 'customer',
      from_ms: 1_000,
      to_ms: 2_600,
      text: 'my <card> is 4111111111111111',
      confidence: 0.9,
      words: [
        { text: 'my', from_ms: 1_000, to_ms: 1_200 },
        { text: '<card>', from_ms: 1_300, to_ms: 1_600 },
        { text: 'is', from_ms: 1_700, to_ms: 1_900 },
        { text: '4111111111111111', from_ms: 2_100, to_ms: 2_600 },
      ],
    },
  ],
};
const EVENTS = [
  { type: 'call-answered', t_ms: 0 },
  { type: 'recognized', t_ms: 2_700, text: 'my card is 4111111111111111' },
];
const json = (value: unknown): Buffer => Buffer.from(canonicalJson(value as Json));

async function manifestOf(
  flac: Uint8Array,
  frameSecret: Uint8Array,
  documents: BundleSource['documents'],
): Promise<ArchivedManifest> {
  const entry = (path: string, bytes: Uint8Array): { path: string; bytes: number; sha256: string } => ({
    path,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
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
      frames: await frameTree(flac, frameSecret),
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
