import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { openFileBlobs } from '../../../src/archive/blobs/file-blobs.ts';
import { openKeyStore } from '../../../src/archive/keys/open-key-store.ts';
import { openTransparencyLog } from '../../../src/archive/log/open-transparency-log.ts';
import type { ArchiveParts } from '../../../src/archive/pipeline/archive-parts.ts';
import type { CallFacts } from '../../../src/archive/pipeline/call-facts.ts';
import { openAudioSealer } from '../../../src/archive/pipeline/open-audio-sealer.ts';
import { ed25519Signer } from '../../../src/archive/signing/ed25519-signer.ts';
import { wallMs } from '../../../src/domain/units.ts';
import type { Scope } from '../../../src/lib/scope.ts';
import { type MemoryIndex, memoryIndex } from './memory-index.ts';
import { STARTED } from './sealed-recording.ts';

const { privateKey } = generateKeyPairSync('ed25519');

const FACTS: CallFacts = {
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
  },
  events: [{ type: 'call-offered' }],
  found: [],
  segments: [],
  transcript: undefined,
};

/** The archive with its real parts on folders below one, and its index in memory. Opened again, it has the same key and the same folders. */
export async function archiveForTest(
  folder: string,
  scope: Scope,
  index: MemoryIndex = memoryIndex(),
): Promise<ArchiveParts & { readonly index: MemoryIndex; readonly retained: string[] }> {
  const signer = ed25519Signer(privateKey);
  const retained: string[] = [];
  return {
    retained,
    index,
    signers: [signer],
    keys: scope.use(await openKeyStore(join(folder, 'keys'))),
    blobs: scope.use(await openFileBlobs(join(folder, 'blobs'), () => STARTED)),
    log: scope.use(await openTransparencyLog({ folder: join(folder, 'tlog'), origin: 'bank.example/test', signer })),
    sealer: scope.use(openAudioSealer()),
    facts: () => Promise.resolve(FACTS),
    retain: (recording) => Promise.resolve(void retained.push(recording)),
    wall: () => wallMs(STARTED + 10_000),
  };
}
