import { createHmac, timingSafeEqual } from 'node:crypto';
import type { WallMs } from '../domain/units.ts';

/*
 * Requests to another machine, and its answers to us, signed with a shared secret: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`. An old
 * signature counts no more.
 */

const MOST_AGE_S = 300;

export const signature = (body: string, secret: string, now: WallMs): string => {
  const seconds = Math.floor(now / 1000);
  return `t=${seconds},v1=${hmac(`${seconds}.${body}`, secret)}`;
};

export function isSigned(body: string, header: string, secret: string, now: WallMs): boolean {
  const [, seconds = '', given = ''] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (given === '' || Math.abs(now / 1000 - Number(seconds)) > MOST_AGE_S) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(hmac(`${seconds}.${body}`, secret)));
}

const hmac = (text: string, secret: string): string => createHmac('sha256', secret).update(text).digest('hex');
