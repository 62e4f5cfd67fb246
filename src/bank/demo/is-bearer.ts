import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether a header is `Bearer TOKEN`, in a time that does not tell how much of it is right. */
export const isBearer = (header: unknown, token: string): boolean =>
  typeof header === 'string' && timingSafeEqual(digest(header), digest(`Bearer ${token}`));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
