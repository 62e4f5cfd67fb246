import { createHash } from 'node:crypto';

/** What the demo bank keeps of a PIN. */
export const pinDigest = (account: string, pin: string): string =>
  createHash('sha256').update(`${account}:${pin}`).digest('hex');
