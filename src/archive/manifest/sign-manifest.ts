import { canonicalJson, type Json } from '../../lib/canonical-json.ts';
import type { HashName } from '../../lib/crypto-profile.ts';
import { type Leaf, leafOf } from '../log/leaf.ts';
import { signText } from '../signing/sign-text.ts';
import type { Signer } from '../signing/signer.ts';
import type { ArchivedManifest, SignedManifest } from './archived-manifest.ts';

/** @param signers - Ed25519 first; SM2 too where the national profile is on */
export const signManifest = (manifest: ArchivedManifest, signers: readonly Signer[]): Promise<SignedManifest> =>
  signText(canonicalJson(manifest as unknown as Json), signers);

/** What the log says of the recording. */
export const recordingLeaf = ({ text }: SignedManifest, hash: HashName): Leaf => leafOf('RECORDING', text, hash);
