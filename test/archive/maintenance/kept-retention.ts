import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { openFileBlobs } from '../../../src/archive/blobs/file-blobs.ts';
import type { IndexedRecording } from '../../../src/archive/index/archive-index.ts';
import { openArchiveIndex } from '../../../src/archive/index/open-archive-index.ts';
import { openKeyStore } from '../../../src/archive/keys/open-key-store.ts';
import { openTransparencyLog } from '../../../src/archive/log/open-transparency-log.ts';
import { openReaper } from '../../../src/archive/retention/open-reaper.ts';
import { openRetention } from '../../../src/archive/retention/open-retention.ts';
import { REAPER_SETTINGS } from '../../../src/archive/retention/reaper.ts';
import type { RetentionPolicy } from '../../../src/archive/retention/retention.ts';
import { ed25519Signer } from '../../../src/archive/signing/ed25519-signer.ts';
import { sharedMs, wallMs } from '../../../src/domain/units.ts';
import { eraseCall } from '../../../src/journal/erase-call.ts';
import { Scope } from '../../../src/lib/scope.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { memoryDestroyer } from '../../support/destroyer.ts';
import { policyOf } from '../../support/retention-policy.ts';

export const START = Date.UTC(2020, 5, 1, 12);
export const DAY = 86_400_000;
export const TWO = ['ann', 'bo'];
const { privateKey } = generateKeyPairSync('ed25519');
export const policy = (more: Partial<RetentionPolicy> = {}): RetentionPolicy =>
  policyOf({ period: { years: 1, months: 0, days: 0 }, approvedBy: TWO, ...more });

export let folder: string;
export let scope: Scope;
/** A folder, and a scope for what is opened in it, for each test of the calling file. */
export function useRecordsFolder(): void {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tellerline-records-'));
    scope = new Scope();
  });
  afterEach(async () => {
    await scope.close();
    await rm(folder, { recursive: true, force: true });
  });
}

/** Retention in a database, and the store that its records go to. Time goes by as the test says. */
export async function keptIn(storage: Storage, at = folder) {
  const clock = { at: START, wall: () => wallMs(clock.at), shared: () => sharedMs(clock.at) };
  const store = memoryDestroyer();
  const index = openArchiveIndex(storage, clock);
  const reaper = await openReaper(
    {
      storage,
      clock,
      reference: () => Promise.resolve(wallMs(clock.at)),
      destroyer: store,
      certifier: store,
      eraseCall,
      software: 'test',
    },
    { ...REAPER_SETTINGS, graceMs: 7 * DAY },
  );
  const signer = ed25519Signer(privateKey);
  const parts = {
    storage,
    keys: scope.use(await openKeyStore(join(at, 'keys'))),
    blobs: scope.use(await openFileBlobs(join(at, 'blobs'), clock.wall)),
    log: scope.use(await openTransparencyLog({ folder: join(at, 'tlog'), origin: 'bank.example/test', signer })),
    signers: [signer],
    wall: () => wallMs(clock.at),
  };
  return {
    ...parts,
    clock,
    store,
    index,
    reaper,
    parts,
    retention: openRetention(storage, { wall: clock.wall, trusted: () => wallMs(clock.at) }),
    async keep(recording: IndexedRecording): Promise<void> {
      await index.put(recording, { events: [], spans: [], segments: [] });
    },
  };
}
export type Kept = Awaited<ReturnType<typeof keptIn>>;
