import { randomBytes } from 'node:crypto';
import type { StaffKey } from './staff-key.ts';
import { base32 } from './totp.ts';

/* For whoever has lost the telephone: each opens the second factor once. */

const CODES = 10;
const CODE_BYTES = 10;

export interface RecoveryCodes {
  /** Shown once: 'ABCD-EFGH-IJKL-MNOP'. */
  readonly shown: readonly string[];
  readonly stored: readonly string[];
}

export function newRecoveryCodes(key: StaffKey): RecoveryCodes {
  const codes = Array.from({ length: CODES }, () => base32(randomBytes(CODE_BYTES)));
  return {
    shown: codes.map((code) => code.match(/.{4}/g)?.join('-') ?? code),
    stored: codes.map((code) => key.mac(code)),
  };
}

/** @returns what is left after it, or undefined when it is none of them */
export function spendRecoveryCode(
  typed: string,
  stored: readonly string[],
  key: StaffKey,
): readonly string[] | undefined {
  const mac = key.mac(typed.replaceAll(/[\s-]/g, '').toUpperCase());
  return stored.includes(mac) ? stored.filter((each) => each !== mac) : undefined;
}
