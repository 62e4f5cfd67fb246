import type { LeafType } from '../../verify/leaf-types.ts';
import type { Certifier } from '../signing/certifier.ts';
import { signText } from '../signing/sign-text.ts';
import { leafOf } from './leaf.ts';
import type { Signer } from '../signing/signer.ts';
import type { TransparencyLog } from './transparency-log.ts';

/** Signs with every key of the archive and appends the text's hash as a leaf of that type. */
export const logCertifier = (
  signers: readonly Signer[],
  log: Pick<TransparencyLog, 'append' | 'hash'>,
  type: LeafType,
): Certifier => ({
  async certify(text) {
    const { signatures } = await signText(text, signers);
    const leafIndex = await log.append(leafOf(type, text, log.hash));
    return { signatures: signatures.map(({ key, value }) => ({ key, value })), leafIndex };
  },
});
