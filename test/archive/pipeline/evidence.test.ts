import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RecordingSpan } from '../../../src/archive/index/archive-index.ts';
import type { ArchivedManifest } from '../../../src/archive/manifest/archived-manifest.ts';
import type { ArchivePack } from '../../../src/archive/pipeline/archive-pack.ts';
import { archiveRecording } from '../../../src/archive/pipeline/archive-recording.ts';
import type { CallFacts } from '../../../src/archive/pipeline/call-facts.ts';
import { readStoredPack } from '../../../src/archive/pipeline/pack-file.ts';
import type { PlayoutReceipt } from '../../../src/archive/receipts/playout-receipts.ts';
import { Scope } from '../../../src/lib/scope.ts';
import { opensslVerifiesSm2 } from '../../support/archive/stock-openssl.ts';
import { archiveForTest, FACTS } from './archive-for-test.ts';
import { memoryIndex } from './memory-index.ts';
import { sealedForTest } from './sealed-recording.ts';

/* What the archive proves of a recording beside its audio: what was played, and that nothing was kept which must not be. */

const BASE = 'customer-call/2026/02/28/23';
let folder: string;
let scope: Scope;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-evidence-'));
  scope = new Scope();
});
afterEach(async () => {
  await scope.close();
  await rm(folder, { recursive: true, force: true });
});

type Parts = Awaited<ReturnType<typeof archiveForTest>>;

interface Archived {
  readonly parts: Parts;
  readonly problems: readonly string[];
  readonly pack: ArchivePack;
  readonly spans: readonly RecordingSpan[];
  readonly state: string | undefined;
}

async function archived(
  facts: Partial<CallFacts>,
  sealed: Parameters<typeof sealedForTest>[1] = {},
  profile: Parameters<typeof archiveForTest>[3] = 'international',
): Promise<Archived> {
  const parts = await archiveForTest(folder, scope, memoryIndex(), profile);
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), sealed);
  const problems = await archiveRecording(
    recording,
    source,
    { ...parts, facts: () => Promise.resolve({ ...FACTS, ...facts }) },
    { workFolder: join(folder, 'work'), keepSealedMs: 0, software: 'tellerline test' },
  );
  const pack = (await readStoredPack(parts.blobs, `${BASE}/${recording}.mft`, recording, parts.keys))!.value;
  const { spans } = await parts.index.content(recording);
  return { parts, problems, pack, spans, state: (await parts.index.find(recording))?.state };
}
const leafDigest = (text: string | undefined): Buffer =>
  createHash('sha256')
    .update(text ?? '')
    .digest();
const secure = (fromMs: number, toMs: number): RecordingSpan => ({
  track: 'customer',
  fromMs,
  toMs,
  kind: 'secure',
  level: 'C3',
  source: 'secure-state',
});
const RECEIPT: PlayoutReceipt = {
  turn: 't.1',
  prompt: 'notice/recording',
  text: 'This call is recorded.',
  notice: { id: 'recording', version: 1 },
  started_ms: 0,
  played_ms: 600,
  outcome: 'interrupted',
  words: 4,
  words_played: 2,
  ended_in: 'is',
  method: 'counted',
};

test('receipts and leak certificate are listed in the manifest, are leaves of their own, and the certificate is signed', async () => {
  const { parts, pack, problems } = await archived({ receipts: [RECEIPT] }, { keyed: '12' });
  expect(problems).toEqual([]);
  const { files, manifest } = pack;
  expect(JSON.parse(files['receipts.json'] ?? '')).toMatchObject({ dialplan: 'd@1', receipts: [RECEIPT] });
  const listed = new Map(
    (JSON.parse(manifest.text) as ArchivedManifest).files.map(({ path, sha256 }) => [path, sha256]),
  );
  for (const path of ['receipts.json', 'leak-certificate.json', 'leak-certificate.sig.json'])
    expect(listed.get(path)).toBe(leafDigest(files[path]).toString('hex'));
  expect(parts.log.size).toBe(3);
  expect(await parts.log.leaf(1)).toEqual({ type: 'PLAYOUT', digest: leafDigest(files['receipts.json']) });
  expect(await parts.log.leaf(2)).toEqual({ type: 'LEAK-SCAN', digest: leafDigest(files['leak-certificate.json']) });

  const certificate = files['leak-certificate.json'] ?? '';
  const { signatures } = JSON.parse(files['leak-certificate.sig.json'] ?? '') as { signatures: { value: string }[] };
  const key = createPublicKey({ key: Buffer.from(parts.signers[0]!.publicKey), format: 'der', type: 'spki' });
  expect(verify(null, Buffer.from(certificate), key, Buffer.from(signatures[0]?.value ?? '', 'base64'))).toBe(true);
  const { sources, looked_for } = JSON.parse(certificate) as {
    sources: { name: string }[];
    looked_for: { keys: string[] };
  };
  expect(sources.map(({ name }) => name)).toEqual([
    'audio.flac',
    'supervisor-private.pcmu.flac',
    'events.json',
    'sealed.json',
    'receipts.json',
    'journal',
    'index',
    'log',
  ]);
  expect(looked_for.keys).toEqual([
    'root key',
    'key-encryption key customer-call.2026-02',
    'shred secret',
    'data key of audio.flac',
    'key-encryption key customer-call-supervisor-private.2026-02',
    'data key of supervisor-private.pcmu.flac',
  ]);
});

test('a tone of a secret entry that was not masked: silent from now on, an alarm, not VERIFIED, no certificate', async () => {
  const { pack, problems, spans, state, parts } = await archived({ secret: [secure(400, 2_000)] }, { keyed: '2468' });
  expect(problems).toHaveLength(4);
  expect(problems[0]).toMatch(
    /^call: it holds what must not be kept: audio\.flac: a tone of a secret entry at 0\.\d s$/,
  );
  expect(state).toBe('ARCHIVED');
  expect(pack.files).not.toHaveProperty('leak-certificate.json');
  expect(parts.log.size).toBe(1);
  const masked = spans.filter(({ source }) => source === 'dtmf');
  expect(masked).toHaveLength(4);
  expect(masked[0]).toMatchObject({ track: 'customer', kind: 'masked', level: 'C3' });
  // the tones sound from 500 to 1,200 ms
  expect(Math.min(...masked.map(({ fromMs }) => fromMs))).toBeLessThanOrEqual(500);
  expect(Math.max(...masked.map(({ toMs }) => toMs))).toBeGreaterThanOrEqual(1_200);
  // never for good, which only what is VERIFIED is: it is to be destroyed
  expect((await parts.index.list({ limit: 1 }))[0]).toMatchObject({ lockMode: 'governance' });
});

test('a card number that is keyed by tones outside a secret entry becomes a masked span, without a certificate', async () => {
  const { pack, problems, spans, state } = await archived({}, { keyed: '4111111111111111', callMs: 5_000 });
  expect([problems, state]).toEqual([[], 'VERIFIED']);
  expect(pack.files).not.toHaveProperty('leak-certificate.json');
  const span = spans.find(({ source }) => source === 'card-number');
  expect(span).toMatchObject({ track: 'customer', kind: 'masked' });
  expect(span!.fromMs).toBeLessThanOrEqual(500);
  expect(span!.toMs).toBeGreaterThanOrEqual(500 + 15 * 200 + 100);
});

test('a card number that was said outside a secret entry: its span is masked once, there is no certificate', async () => {
  const said = {
    track: 'customer',
    fromMs: 500,
    toMs: 900,
    kind: 'masked',
    level: 'C2',
    source: 'card-number',
  } as const;
  const { pack, problems, spans } = await archived({ found: [said] });
  expect(problems).toEqual([]);
  expect(pack.files).not.toHaveProperty('leak-certificate.json');
  expect(spans.filter(({ source }) => source === 'card-number')).toEqual([said]);
});

test.each([
  ['the journal', { journal: '[{"type":"recognized","text":"4111 1111 1111 1111"}]' }, 'journal: a card number'],
  ['the events', { events: [{ type: 'slot-filled', value: '4111111111111111' }] }, 'events.json: a card number'],
] as const)('a card number in %s is an alarm', async (_where, facts, problem) => {
  const { pack, problems, state } = await archived(facts);
  expect(problems).toEqual([expect.stringContaining(`call: it holds what must not be kept: ${problem}`)]);
  expect(state).toBe('ARCHIVED');
  expect(pack.files).not.toHaveProperty('leak-certificate.json');
});

test('a key in the journal is an alarm that names it and does not show it', async () => {
  const parts = await archiveForTest(folder, scope);
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'));
  const facts: CallFacts = { ...FACTS };
  const leaking = async (): Promise<CallFacts> => {
    const [root] = await parts.keys.keysAbove(recording, 'customer-call.2026-02');
    return {
      ...facts,
      journal: JSON.stringify([{ type: 'trouble', where: Buffer.from(root!.bytes).toString('base64') }]),
    };
  };
  const options = { workFolder: join(folder, 'work'), keepSealedMs: 0, software: 't' } as const;
  const problems = await archiveRecording(recording, source, { ...parts, facts: leaking }, options);
  expect(problems).toEqual([expect.stringMatching(/journal: bytes of the root key at \d+$/)]);
  const [root] = await parts.keys.keysAbove(recording, 'customer-call.2026-02');
  expect(problems.join()).not.toContain(Buffer.from(root!.bytes).toString('base64').slice(0, 12));
});

test('with the national profile containers, tree, digests and signatures are SM4, SM3 and SM2, as stock openssl has them', async () => {
  const { parts, pack, problems, state } = await archived({ receipts: [RECEIPT] }, {}, 'national');
  expect([problems, state]).toEqual([[], 'VERIFIED']);
  const manifest = JSON.parse(pack.manifest.text) as ArchivedManifest;
  expect(manifest.audio.frames.hash).toBe('sm3');
  for (const file of [manifest.audio, ...manifest.files]) expect(file.sm3).toMatch(/^[0-9a-f]{64}$/);
  const sm3 = (text: string): Buffer => createHash('sm3').update(text).digest();
  expect(parts.log.hash).toBe('sm3');
  expect(await parts.log.leaf(0)).toEqual({ type: 'RECORDING', digest: sm3(pack.manifest.text) });
  expect((await parts.log.checkpoint()).note).toContain('\nhash sm3\n');
  const ref = (await parts.blobs.find(`${BASE}/${manifest.recording}.rec`))!;
  const head = Buffer.from(await parts.blobs.read(ref, 0, 700)).toString('latin1');
  expect(head).toContain('"cipher":"sm4-ctr-hmac-sm3"');
  expect(head).toContain('"wrapped":"sm4:');

  const [, sm2] = parts.signers;
  const signature = pack.manifest.signatures.find(({ algorithm }) => algorithm === 'sm2-sm3');
  expect(signature?.key).toBe(sm2?.keyId);
  const value = Buffer.from(signature?.value ?? '', 'base64');
  expect(await opensslVerifiesSm2(Buffer.from(pack.manifest.text), value, sm2!.publicKey)).toBe(true);
  expect(await opensslVerifiesSm2(Buffer.from(`${pack.manifest.text} `), value, sm2!.publicKey)).toBe(false);
});

test('a log that was begun goes on with its own hash when the profile is changed, and all of it is read', async () => {
  const first = await archived({}, { callMs: 1_000 });
  await scope.close();
  scope = new Scope();
  const parts = await archiveForTest(folder, scope, first.parts.index, 'national');
  expect(parts.log.hash).toBe('sha256');
  const { recording, folder: source } = await sealedForTest(join(folder, 'recordings'), { callMs: 1_000 });
  const options = { workFolder: join(folder, 'work'), keepSealedMs: 0, software: 't' } as const;
  expect(await archiveRecording(recording, source, parts, options)).toEqual([]);
  const old = (JSON.parse(first.pack.manifest.text) as ArchivedManifest).recording;
  expect(
    (await readStoredPack(parts.blobs, `${BASE}/${old}.mft`, first.pack.intent.id, parts.keys))?.value.manifest.text,
  ).toBe(first.pack.manifest.text);
});
