import { canonicalJson, type Json } from '../../lib/canonical-json.ts';
import { signText } from '../signing/sign-text.ts';
import type { SignedText, Signer } from '../signing/signer.ts';
import type { LeakScan } from './scan-for-leaks.ts';

/**
 * The certificate of a scan, signed: what was looked through, by its SHA-256, for what, and what was found. It says no more
 * than that: whoever wants to know whether a file is still the one that was scanned compares its digest.
 *
 * @param keys - names of the keys that were looked for
 */
export const leakCertificate = (
  { sources, findings }: LeakScan,
  facts: { readonly at: string; readonly software: string; readonly keys: readonly string[] },
  signers: readonly Signer[],
): Promise<SignedText> =>
  signText(
    canonicalJson({
      format: 'tellerline-leak-certificate',
      version: 1,
      at: facts.at,
      software: facts.software,
      looked_for: {
        card_numbers: 'ISO/IEC 7812 numbers of 13 to 19 digits that pass Luhn, written or said in English or Chinese',
        pin_tones: 'DTMF (ITU-T Q.24) within secret entries',
        keys: facts.keys,
      },
      sources,
      findings,
      clean: findings.length === 0,
    } as unknown as Json),
    signers,
  );
