import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openFileBlobs } from '../../../src/archive/blobs/file-blobs.ts';
import type { KeyStore } from '../../../src/archive/keys/key-store.ts';
import { openKeyStore } from '../../../src/archive/keys/open-key-store.ts';
import { openTransparencyLog } from '../../../src/archive/log/open-transparency-log.ts';
import type { TransparencyLog } from '../../../src/archive/log/transparency-log.ts';
import type { ArchiveParts } from '../../../src/archive/pipeline/archive-parts.ts';
import type { CallFacts } from '../../../src/archive/pipeline/call-facts.ts';
import { openAudioSealer } from '../../../src/archive/pipeline/open-audio-sealer.ts';
import { ed25519Signer } from '../../../src/archive/signing/ed25519-signer.ts';
import { sm2SignerOf } from '../../../src/archive/signing/sm2-signer.ts';
import { wallMs } from '../../../src/domain/units.ts';
import { type CryptoProfile, hashOf } from '../../../src/lib/crypto-profile.ts';
import type { Scope } from '../../../src/lib/scope.ts';
import { type MemoryIndex, memoryIndex } from './memory-index.ts';
import { STARTED } from './sealed-recording.ts';

const { privateKey } = generateKeyPairSync('ed25519');

const SM2 = sm2SignerOf(randomBytes(32));

export const FACTS: CallFacts = {
  description: {
    accountHashes: [],
    agents: [],
    queues: [],
    intents: ['balance'],
    language: 'en',
    outcome: 'caller-hung-up',
    dialplan: 'd',
    dialplanVersion: 1,
    level: 'C2',
    unheardNotices: [],
  },
  events: [{ type: 'call-offered' }],
  found: [],
  secret: [],
  receipts: [],
  journal: '[]',
  segments: [],
  transcript: undefined,
};

/** The archive with its real parts on folders below one, and its index in memory. Opened again, it has the same key and the same folders. */
export async function archiveForTest(
  folder: string,
  scope: Scope,
  index: MemoryIndex = memoryIndex(),
  profile: CryptoProfile = 'international',
): Promise<
  ArchiveParts & {
    readonly index: MemoryIndex;
    readonly keys: KeyStore;
    readonly log: TransparencyLog;
    readonly retained: string[];
    /** Nobody says how its objects should be protected. */
    readonly protectionOf: () => Promise<undefined>;
  }
> {
  const signer = ed25519Signer(privateKey);
  const sm2 = profile === 'national' ? SM2 : undefined;
  const origin = 'bank.example/test';
  const retained: string[] = [];
  return {
    retained,
    index,
    protectionOf: () => Promise.resolve(undefined),
    profile,
    signers: sm2 === undefined ? [signer] : [signer, sm2],
    keys: scope.use(await openKeyStore(join(folder, 'keys'), profile)),
    blobs: scope.use(await openFileBlobs(join(folder, 'blobs'), () => STARTED)),
    log: scope.use(
      await openTransparencyLog({ folder: join(folder, 'tlog'), origin, signer, sm2, hash: hashOf(profile) }),
    ),
    sealer: scope.use(openAudioSealer()),
    facts: () => Promise.resolve(FACTS),
    retain: (recording) => Promise.resolve(void retained.push(recording)),
    wall: () => wallMs(STARTED + 10_000),
  };
}
