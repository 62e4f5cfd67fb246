import { randomFillSync } from 'node:crypto';
import { keyingOctets, NO_MKI, type SrtpPolicy, type SrtpSuite } from '../../domain/srtp.ts';
import { type LocalSrtp, NO_SRTP } from '../../sdp/far-audio.ts';

export interface SrtpOptions {
  readonly policy: SrtpPolicy;
  /** The most wanted first. */
  readonly suites: readonly SrtpSuite[];
  /** Keys may be told over SIP that is not encrypted. */
  readonly keysInTheClear: boolean;
}

/**
 * What a leg's descriptions do about SRTP, with keys of its own.
 *
 * @param confidential - the far end's SIP is encrypted
 */
export function localSrtp(options: SrtpOptions | undefined, confidential: boolean): LocalSrtp {
  if (options === undefined || options.policy === 'off') return NO_SRTP;
  const { policy, suites, keysInTheClear } = options;
  if (!confidential && !keysInTheClear) return { policy, keys: [], exposed: true };
  const keys = suites.map((suite) => ({
    suite,
    keying: randomFillSync(new Uint8Array(keyingOctets(suite))),
    mki: NO_MKI,
  }));
  return { policy, keys };
}
