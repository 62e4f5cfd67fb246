import type { DestructionPermit } from '../../domain/destruction-permit.ts';
import type { RecordingId } from '../../domain/ids.ts';
import type { WallMs } from '../../domain/units.ts';

/*
 * PORT to the keys of the archive. A recording's audio is sealed under a data key of its own (DEK), which is wrapped
 * (AES-KWP, RFC 5649; SM4 with HMAC-SM3 in the national profile) under HKDF(key-encryption key of its class and month, shred secret of the recording). Destroying the
 * shred secret makes the recording unreadable wherever copies of it lie.
 */

/** `customer-call.2026-11`: class and month (UTC) of a key-encryption key. */
export type KeyEpochId = string;

export interface WrappedKey {
  readonly epoch: KeyEpochId;
  /** As `keys/wrapping.ts` has it. */
  readonly wrapped: string;
}

export interface DataKey {
  /** 32 bytes. Wiped by whoever is done with it. */
  readonly key: Uint8Array;
  readonly wrapped: WrappedKey;
}

export interface KeyStoreState {
  readonly location: string;
  /** Of the second copy of epochs and secrets; undefined: there is none. */
  readonly copy: string | undefined;
  readonly epochs: readonly KeyEpochId[];
  /** When the root key was last backed up; undefined: never. */
  readonly backedUp: WallMs | undefined;
  /** What is at risk, in sentences; none when all is well. */
  readonly problems: readonly string[];
}

export interface SyncOptions {
  /** Of the gate: undefined when nobody decided to destroy this recording. */
  readonly permit: (recording: RecordingId) => Promise<DestructionPermit | undefined>;
  /** A secret that one copy lost without a decision is written back from the other. */
  readonly repair?: boolean;
  /** Aborts: the rest waits for the next time. */
  readonly signal?: AbortSignal;
}

export interface SyncedKeys {
  /** How much was written or destroyed. */
  readonly changed: number;
  /** Their secret is destroyed in one copy alone, and nobody decided that: it was left as it is in both. */
  readonly undecided: readonly RecordingId[];
}

export interface KeyStore extends AsyncDisposable {
  /**
   * A new data key. The recording's shred secret is durable before it resolves, in the copy as well where there is one; one that is there already is used again, so
   * that a seal may be begun anew.
   *
   * @throws IvrError KEYS_UNREADABLE, KEY_DESTROYED, DISK_FULL
   */
  createDataKey(recording: RecordingId, retentionClass: string, startedAt: WallMs): Promise<DataKey>;
  /** @throws IvrError KEY_DESTROYED: the shred secret is gone for good; KEYS_UNREADABLE */
  openDataKey(recording: RecordingId, wrapped: WrappedKey): Promise<Uint8Array>;
  /** Whether the shred secret is there. */
  has(recording: RecordingId): Promise<boolean>;
  /** Whether it was there and is zeros now; false also when this store never had it. @throws IvrError KEYS_UNREADABLE */
  isDestroyed(recording: RecordingId): Promise<boolean>;
  /**
   * Overwrites the shred secret, durably: nothing sealed for this recording can be read again, by anyone. Idempotent.
   *
   * @throws IvrError DESTRUCTION_REFUSED: the permit is not the gate's; KEYS_UNREADABLE
   */
  destroySecret(permit: DestructionPermit): Promise<void>;
  /** The keys above a recording's data keys and those derived so far, by name, for the scan that looks for them where they must not be. Copies: whoever asks wipes them. */
  keysAbove(
    recording: RecordingId,
    epoch: KeyEpochId,
  ): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]>;
  /**
   * Brings the key folder and its copy to the same: what one lacks is written to it, what is destroyed in one is destroyed in both, if that was decided.
   *
   * @throws IvrError KEYS_UNREADABLE, DISK_FULL, and what `permit` throws
   */
  syncCopy(options: SyncOptions): Promise<SyncedKeys>;
  /** A key of 32 bytes for a named purpose (`search-index`, `caller-hash`), the same each time: HKDF of the root key. */
  deriveKey(purpose: string): Uint8Array;
  state(): Promise<KeyStoreState>;
}
