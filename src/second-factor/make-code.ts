import { randomInt } from 'node:crypto';
import { Secret } from '../domain/secret.ts';

/** Digits from the system's generator, each equally likely. */
export const makeCode = (digits: number): Secret =>
  new Secret(Array.from({ length: digits }, () => String(randomInt(10))).join(''));
