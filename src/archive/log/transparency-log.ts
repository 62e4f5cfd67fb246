import type { HashName } from '../../lib/crypto-profile.ts';
import type { Leaf } from './leaf.ts';

/** A signed tree head: a checkpoint of C2SP tlog-checkpoint, signed as C2SP signed-note says. */
export interface Checkpoint {
  readonly size: number;
  /** RFC 9162 section 2.1.1, 32 bytes. */
  readonly root: Uint8Array;
  readonly hash: HashName;
  /** The note with all its signatures: of the log, and of the witnesses that had cosigned it when it was read. */
  readonly note: string;
}

/**
 * PORT: an append-only Merkle tree (RFC 9162) of what the archive did. Whoever has an older checkpoint can demand the proof
 * that nothing before it was changed.
 */
export interface TransparencyLog extends AsyncDisposable {
  /** The first line of its checkpoints, and the name of its key. */
  readonly origin: string;
  /** What its tree and its leaves' digests are hashed with: as it was begun. */
  readonly hash: HashName;
  /** Leaves that are durable. */
  readonly size: number;

  /**
   * Resolves with the leaf's index when it is durable (fdatasync; many appends share one). A leaf that is among the last
   * 65,536 already is not appended again: what was interrupted may be repeated.
   *
   * @throws IvrError LOG_UNWRITABLE when the disk does not take it; the same leaf may be appended again
   */
  append(leaf: Leaf): Promise<number>;
  /** The index of the newest such leaf at or after `from`; undefined when there is none. Reads the entries. */
  find(leaf: Leaf, from?: number): Promise<number | undefined>;
  /** @throws RangeError when there is no such leaf yet */
  leaf(index: number): Promise<Leaf>;
  /** The last so many that are durable now, in order. @throws IvrError LOG_DAMAGED */
  newest(count: number): Promise<readonly Leaf[]>;
  /** All that are durable now, in order. @throws IvrError LOG_DAMAGED */
  leaves(): AsyncIterable<Leaf & { readonly index: number }>;
  /** Signs what is durable now, unless the newest checkpoint says it already. */
  checkpoint(): Promise<Checkpoint>;
  /** The newest checkpoint that was signed; undefined before the first. */
  latest(): Checkpoint | undefined;
  /** The newest checkpoint that a witness has cosigned, with its cosignatures. */
  cosigned(): Checkpoint | undefined;
  /** Adds a cosignature (C2SP tlog-cosignature) to the checkpoint that it is of. @throws IvrError SIGNATURE_INVALID */
  addCosignature(checkpoint: Checkpoint, line: string): Promise<void>;
  /** Nodes from the leaf up (RFC 9162 section 2.1.3). @throws RangeError unless index < size <= the log's size */
  inclusionProof(index: number, size: number): Promise<readonly Uint8Array[]>;
  /** RFC 9162 section 2.1.4. Empty when `from` is 0 or `to`. @throws RangeError unless from <= to <= the log's size */
  consistencyProof(from: number, to: number): Promise<readonly Uint8Array[]>;
}
