import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares without telling by its time how much was right. */
export const isSameSecret = (given: string, secret: string): boolean => timingSafeEqual(digest(given), digest(secret));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
