import type { Leaf } from '../log/leaf.ts';
import type { Checkpoint } from '../log/transparency-log.ts';
import type { MaskedSpan, SignedManifest } from '../manifest/archived-manifest.ts';
import type { Transcript } from '../manifest/transcript.ts';
import type { Json } from '../../lib/canonical-json.ts';

/** One row of who did what with the recording: the audit's, as the archive keeps it. */
export interface CustodyRow {
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly purpose?: string;
  readonly ticket?: string;
  readonly result: string;
}

/** That a leaf stands in the log: `path` from the leaf up to the root of `checkpoint`. */
export interface InclusionEvidence {
  readonly leaf: Leaf;
  readonly index: number;
  readonly path: readonly Uint8Array[];
}

export interface TimeStamp {
  readonly authority: string;
  /** The note that was stamped. */
  readonly note: string;
  readonly token: Uint8Array;
}

/** A public key that verifies something in the bundle. */
export interface BundleKey {
  readonly use: 'manifest' | 'log' | 'witness';
  readonly name: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
}

/** What a bundle is made of, read from wherever the archive keeps it. Readers are asked once each. */
export interface BundleSource {
  readonly manifest: SignedManifest;
  /** The archived FLAC, as its SHA-256 in the manifest says. */
  readonly audio: () => AsyncIterable<Uint8Array>;
  /** Of the frame tree (archived-manifest.ts), 32 bytes. */
  readonly frameSecret: Uint8Array;
  readonly transcript?: Transcript;
  /** Journal events, masked, in order. */
  readonly events: readonly { readonly [key: string]: Json | undefined }[];
  readonly custody: readonly CustodyRow[];
  /** The recording's leaf, the export's, and others that concern it. The first is RECORDING. */
  readonly leaves: readonly InclusionEvidence[];
  /** All of `leaves` are in it. Cosigned where there is a witness. */
  readonly checkpoint: Checkpoint;
  /** With the proof from the checkpoint that was stamped to `checkpoint`, or the other way round. */
  readonly timeStamps: readonly TimeStamp[];
  readonly keys: readonly BundleKey[];
  /** Certificates (DER) that the time stamps end in. */
  readonly certificates: readonly Uint8Array[];
}

/** Why a bundle is made, for whom, and what is left out. */
export interface BundleRequest {
  readonly purpose: string;
  readonly ticket?: string;
  readonly requestedBy: string;
  readonly approvedBy: readonly string[];
  readonly recipient?: string;
  readonly madeAt: string;
  /** Beyond what the manifest masks already. Whole seconds around each are silent in the export. */
  readonly redact: readonly MaskedSpan[];
}

/** What was written. */
export interface WrittenBundle {
  readonly bytes: number;
  readonly sha256: string;
  readonly files: readonly string[];
}

/** What is proved by a bundle, in the words of the reader; or the first thing that is wrong, by the name of the file. */
export type BundleVerdict =
  | { readonly ok: true; readonly proved: readonly string[]; readonly remarks: readonly string[] }
  | { readonly ok: false; readonly file: string; readonly problem: string };
