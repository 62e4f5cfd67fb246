import type { RecordingId } from '../../domain/ids.ts';
import type { CryptoProfile } from '../../lib/crypto-profile.ts';
import type { WrappedKey } from '../keys/key-store.ts';

/*
 * PORT: the sealed file of the archive. `IVRSEAL1`, a header in the clear that is authenticated with every chunk, then
 * the content in chunks of 64 KiB, each AES-256-GCM under the recording's data key (the STREAM construction: a counter and a last-chunk
 * mark in the nonce), so that any range can be read and no chunk dropped, swapped, cut off or changed unnoticed. With the national profile a chunk is
 * SM4-CTR and HMAC-SM3 instead.
 */

export interface ContainerHeader {
  readonly recording: RecordingId;
  /** `audio.flac`, `supervisor.flac`, `transcript.json`: what it holds. */
  readonly name: string;
  readonly mediaType: string;
  readonly retentionClass: string;
  readonly policy: string;
  readonly policyVersion: number;
  readonly key: WrappedKey;
  /** Absent: AES-256-GCM. */
  readonly cipher?: 'sm4-ctr-hmac-sm3';
}

/** Of the profile. */
export const cipherOf = (profile: CryptoProfile): Pick<ContainerHeader, 'cipher'> =>
  profile === 'national' ? { cipher: 'sm4-ctr-hmac-sm3' } : {};

export interface Container {
  readonly header: ContainerHeader;
  /** Of the content. */
  readonly bytes: number;
  /**
   * Content from byte `from` up to `to` (beyond the end: up to the end), from the chunks that hold it alone.
   *
   * @throws IvrError CONTAINER_DAMAGED: a chunk is not what was sealed; and what the source throws
   */
  read(from: number, to: number): Promise<Uint8Array>;
}
