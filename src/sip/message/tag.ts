import { randomBytes } from 'node:crypto';
import { BRANCH_COOKIE } from './via.ts';

const POOL_BYTES = 4096;
let pool = randomBytes(POOL_BYTES);
let used = 0;

/** `bytes` of the system's randomness in hexadecimal; drawn 4 KB at a time, for a call needs several. */
export function randomHex(bytes: number): string {
  if (used + bytes > POOL_BYTES) {
    pool = randomBytes(POOL_BYTES);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}

/** 64 random bits; RFC 3261 section 19.3 wants 32. */
export const newTag = (): string => randomHex(8);
export const newBranch = (): string => BRANCH_COOKIE + randomHex(10);
