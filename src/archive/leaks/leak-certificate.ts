import { canonicalJson, type Json } from '../../lib/canonical-json.ts';
import type { ScannedSource } from './scan-for-leaks.ts';

export const LEAK_CERTIFICATE = 'leak-certificate.json';
export const LEAK_SIGNATURES = 'leak-certificate.sig.json';

/**
 * The certificate of a scan that found nothing, as it is signed (canonical JSON): what was looked through, by its SHA-256, and for what. It says no
 * more than that: whoever wants to know whether a file is still the one that was scanned compares its digest.
 *
 * @param facts - `salt`: 32 random bytes, hexadecimal; `keys`: names of the keys that were looked for
 */
export const formatLeakCertificate = (
  sources: readonly ScannedSource[],
  facts: {
    readonly salt: string;
    readonly recording: string;
    readonly at: string;
    readonly software: string;
    readonly keys: readonly string[];
  },
): string =>
  canonicalJson({
    format: 'tellerline-leak-certificate',
    version: 1,
    salt: facts.salt,
    recording: facts.recording,
    at: facts.at,
    software: facts.software,
    looked_for: {
      card_numbers:
        'ISO/IEC 7812 numbers of 13 to 19 digits that pass Luhn: written, said in English or Chinese, or keyed by tones',
      pin_tones: 'DTMF (ITU-T Q.24) of the customer within secret entries',
      keys: facts.keys,
    },
    sources,
    clean: true,
  } as unknown as Json);
