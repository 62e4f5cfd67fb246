import type { Json } from '../../lib/canonical-json.ts';
import type { Leaf } from '../log/leaf.ts';
import type { Checkpoint } from '../log/transparency-log.ts';
import type { MaskedSpan, SignedManifest } from '../manifest/archived-manifest.ts';
import type { Signer } from '../signing/signer.ts';

/** One row of who did what with the recording: the audit's, as the archive keeps it. */
export type CustodyRow = { readonly [key: string]: Json | undefined };

/** That a leaf stands in the log: `path` from the leaf up to the root of the bundle's checkpoint. */
export interface InclusionEvidence {
  readonly leaf: Leaf;
  readonly index: number;
  readonly path: readonly Uint8Array[];
}

export interface TimeStampEvidence {
  /** Who stamped, as people call it. */
  readonly authority: string;
  /** The note that was stamped, and the token, DER. */
  readonly note: string;
  readonly token: Uint8Array;
  /** Of consistency between that note's tree and the bundle's checkpoint, from the smaller to the larger. */
  readonly proof: readonly Uint8Array[];
}

/** A public key that verifies something in the bundle. */
export interface BundleKey {
  readonly use: 'manifest' | 'log' | 'witness';
  /** The log's origin, the witness's name; of a manifest's key whatever people call it. */
  readonly name: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
}

/** A document that is kept with the recording, byte for byte as the manifest lists it: `transcript.json`, `events.json`, `receipts.json`… */
export interface ArchivedDocument {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What a bundle is made of, read from wherever the archive keeps it. */
export interface BundleSource {
  readonly manifest: SignedManifest;
  /** The archived FLAC, as its SHA-256 in the manifest says. Read once. */
  readonly audio: () => AsyncIterable<Uint8Array>;
  /** Of the frame tree (archived-manifest.ts), 32 bytes. */
  readonly frameSecret: Uint8Array;
  readonly documents: readonly ArchivedDocument[];
  readonly custody: readonly CustodyRow[];
  /** `formatExportRecord`: what the EXPORT leaf is the digest of. */
  readonly exportRecord: string;
  /** The first is the recording's; the export's, and others that concern the recording. */
  readonly leaves: readonly InclusionEvidence[];
  /** All of `leaves` are in it. Cosigned where there is a witness. */
  readonly checkpoint: Checkpoint;
  readonly timeStamps: readonly TimeStampEvidence[];
  readonly keys: readonly BundleKey[];
  /** Certificates (DER) that the time stamps lead to. */
  readonly certificates: readonly Uint8Array[];
}

/** Why a bundle is made, for whom, and what is left out. */
export interface BundleRequest {
  readonly purpose: string;
  readonly ticket?: string;
  readonly requestedBy: string;
  readonly approvedBy: readonly string[];
  readonly recipient?: string;
  /** ISO 8601. */
  readonly madeAt: string;
  /** True: the spans that the manifest masks are silent, and `redact` too. False: the audio as it was archived. */
  readonly masked: boolean;
  /** Beyond what the manifest masks. Whole seconds around each span are silent in the export. */
  readonly redact: readonly MaskedSpan[];
}

export interface BundleTools {
  /** The bank's; Ed25519 first, SM2 too where the national profile is on. */
  readonly signers: readonly Signer[];
  /** `verify.mjs` and `verify.html` (dist/verify). */
  readonly verifiers: { readonly mjs: Uint8Array; readonly html: Uint8Array };
  /** Name and version. */
  readonly software: string;
}

/** What was written. */
export interface WrittenBundle {
  readonly bytes: number;
  readonly sha256: string;
  readonly files: readonly string[];
}
