import type { HashName } from '../../lib/crypto-profile.ts';
import { LEAK_CERTIFICATE } from '../leaks/leak-certificate.ts';
import { type Leaf, leafOf } from '../log/leaf.ts';
import { recordingLeaf } from '../manifest/sign-manifest.ts';
import { RECEIPTS_FILE } from '../receipts/receipts-document.ts';
import type { ArchivePack } from './archive-pack.ts';

/** What the log says of a recording when it is archived: of its manifest first, then of its playout receipts and its leak certificate. */
export function leavesOf(
  { manifest, files }: Pick<ArchivePack, 'manifest' | 'files'>,
  hash: HashName,
): readonly Leaf[] {
  const [receipts, certificate] = [files[RECEIPTS_FILE], files[LEAK_CERTIFICATE]];
  return [
    recordingLeaf(manifest, hash),
    ...(receipts === undefined ? [] : [leafOf('PLAYOUT', receipts, hash)]),
    ...(certificate === undefined ? [] : [leafOf('LEAK-SCAN', certificate, hash)]),
  ];
}
