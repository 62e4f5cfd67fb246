import type { RecordingId } from '../../domain/ids.ts';
import type { WallMs } from '../../domain/units.ts';
import type { CryptoProfile } from '../../lib/crypto-profile.ts';
import type { Blobs } from '../blobs/blobs.ts';
import type { ArchiveIndex } from '../index/archive-index.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { TransparencyLog } from '../log/transparency-log.ts';
import type { Signer } from '../signing/signer.ts';
import type { CallFactsOf } from './call-facts.ts';
import type { AudioSealer } from './open-audio-sealer.ts';

/** What a recording goes through on its way into the archive. */
export interface ArchiveParts {
  readonly keys: Pick<KeyStore, 'createDataKey' | 'openDataKey' | 'keysAbove'>;
  readonly blobs: Blobs;
  readonly index: ArchiveIndex;
  readonly log: Pick<TransparencyLog, 'append' | 'leaf' | 'newest' | 'hash'>;
  readonly signers: readonly Signer[];
  readonly profile: CryptoProfile;
  readonly sealer: AudioSealer;
  readonly facts: CallFactsOf;
  /** Writes the bases of its retention; may be called again. */
  readonly retain: (recording: RecordingId) => Promise<void>;
  readonly wall: () => WallMs;
}
