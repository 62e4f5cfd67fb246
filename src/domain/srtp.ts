/* SRTP as far as descriptions and media have to agree on it (RFC 3711, RFC 4568, RFC 7714). */

export interface SrtpSuiteFormat {
  /** Octets of the master key, and of the master salt behind it. */
  readonly keyOctets: number;
  readonly saltOctets: number;
}

/** Every crypto-suite that we have, by its name in a=crypto (RFC 4568 section 6.2, RFC 7714 section 14.1). */
export const SRTP_SUITES = {
  AES_CM_128_HMAC_SHA1_80: { keyOctets: 16, saltOctets: 14 },
  AES_CM_128_HMAC_SHA1_32: { keyOctets: 16, saltOctets: 14 },
  AEAD_AES_128_GCM: { keyOctets: 16, saltOctets: 12 },
  AEAD_AES_256_GCM: { keyOctets: 32, saltOctets: 12 },
} as const satisfies Readonly<Record<string, SrtpSuiteFormat>>;
export type SrtpSuite = keyof typeof SRTP_SUITES;
export const SRTP_SUITE_NAMES = Object.keys(SRTP_SUITES) as readonly SrtpSuite[];
export const isSrtpSuite = (name: string): name is SrtpSuite => Object.hasOwn(SRTP_SUITES, name);
/** Of master key and master salt together. */
export const keyingOctets = (suite: SrtpSuite): number => SRTP_SUITES[suite].keyOctets + SRTP_SUITES[suite].saltOctets;

/** Whether audio is encrypted: never; where the far end can; or there is no call without it. */
export type SrtpPolicy = 'off' | 'optional' | 'required';

/** What one side encrypts with. Never to be logged. */
export interface SrtpKey {
  readonly suite: SrtpSuite;
  /** Master key and master salt; filled with zeros when it is needed no more. */
  readonly keying: Uint8Array;
  /** Octets of the master key identifier that its packets carry, 0: none. */
  readonly mki: Uint8Array;
}

export const NO_MKI: Uint8Array = new Uint8Array(0);

export const sameKey = (one: SrtpKey | undefined, other: SrtpKey | undefined): boolean =>
  one === other ||
  (one !== undefined &&
    other !== undefined &&
    one.suite === other.suite &&
    sameOctets(one.keying, other.keying) &&
    sameOctets(one.mki, other.mki));

function sameOctets(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (let i = 0; i < one.length; i++) difference |= (one[i] ?? 0) ^ (other[i] ?? 0);
  return difference === 0;
}
