import type { Digests, HashName } from '../../lib/crypto-profile.ts';
import type { FileEntry } from '../../recording/manifest.ts';
import type { SignedText } from '../signing/signer.ts';

export const ARCHIVED_FORMAT = 'tellerline-archived-recording';
export const ARCHIVED_VERSION = 1;

/** With the national profile its SM3, too. */
export type ArchivedFile = FileEntry & Digests;

/** Left and right of the stereo rendering. The role comes from who was on the track, never from the side (`customer` may be either). */
export interface AudioChannel {
  readonly role: 'customer' | 'heard-by-customer';
  readonly tracks: readonly string[];
}

/** Audio that is not to be heard: its time since sample 0, and why. */
export interface MaskedSpan {
  readonly channel: number;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly kind: 'secret-entry' | 'card-number' | 'identity-number' | 'pause' | 'ordered';
}

/**
 * Every second of every channel is a leaf of a Merkle tree (RFC 9162), second by second, channel by channel within:
 * hash(0x00 | nonce | samples), samples 16-bit little-endian, nonce = HMAC(secret, index as 8 bytes, big-endian).
 * The secret is kept with the audio; an export without some seconds gives their hashes and the other seconds' nonces.
 */
export interface FrameTree {
  readonly frame_samples: number;
  readonly frames: number;
  /** Absent: SHA-256. */
  readonly hash?: Extract<HashName, 'sm3'>;
  readonly root: string;
}

export interface ArchivedManifest {
  readonly format: typeof ARCHIVED_FORMAT;
  readonly version: typeof ARCHIVED_VERSION;
  /** 32 random bytes, hexadecimal, destroyed with the recording: without it the log's leaf names nobody. */
  readonly salt: string;
  readonly recording: string;
  readonly contact: string;
  readonly direction: string;
  /** Masked. */
  readonly from: string;
  readonly to: string;
  readonly started_at: string;
  readonly ended_at: string;
  readonly archived_at: string;
  readonly duration_ms: number;
  /** Of the sealed recording that it was made from (recording/manifest.ts): the manifest's SHA-256 and what it was made of. */
  readonly sealed: {
    readonly manifest_sha256: string;
    readonly chain: string;
    readonly recovered: boolean;
    readonly lost_ms: number;
  };
  readonly audio: ArchivedFile & {
    readonly codec: 'flac';
    readonly rate: number;
    readonly samples: number;
    readonly channels: readonly AudioChannel[];
    readonly frames: FrameTree;
  };
  /** Everything else that is kept: transcript, events, receipts, extra tracks, each before encryption. */
  readonly files: readonly ArchivedFile[];
  readonly masked: readonly MaskedSpan[];
  readonly retention: {
    readonly class: string;
    readonly policy: string;
    readonly policy_version: number;
    readonly retain_until: string;
  };
  readonly clock: { readonly source: string; readonly offset_ms?: number; readonly stratum?: number };
  readonly node: string;
  readonly software: string;
}

/** Canonical JSON (RFC 8785) of the manifest and its signatures. The digest of its leaf is the SHA-256 of `text`. */
export type SignedManifest = SignedText;
