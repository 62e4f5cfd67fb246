import { randomFillSync } from 'node:crypto';
import { keyingOctets, NO_MKI, type SrtpPolicy, type SrtpSuite } from '../../domain/srtp.ts';
import { type LocalSrtp, NO_SRTP } from '../../sdp/far-audio.ts';
import type { EndpointOptions } from '../media-server.ts';

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
 * @param leg - `confidential`: its far end's SIP is encrypted; `encrypted`: it has SRTP or there is no such leg
 */
export function localSrtp(
  options: SrtpOptions | undefined,
  { confidential = false, encrypted = false }: Pick<EndpointOptions, 'confidential' | 'encrypted'>,
): LocalSrtp {
  if (options === undefined || options.policy === 'off') return NO_SRTP;
  const { suites, keysInTheClear } = options;
  const policy = encrypted ? 'required' : options.policy;
  if (!confidential && !keysInTheClear) return { policy, keys: [], exposed: true };
  const keys = suites.map((suite) => ({
    suite,
    keying: randomFillSync(new Uint8Array(keyingOctets(suite))),
    mki: NO_MKI,
  }));
  return { policy, keys };
}
