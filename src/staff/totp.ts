import { createHmac, randomBytes } from 'node:crypto';
import type { WallMs } from '../domain/units.ts';

/* Time-based one-time passwords: RFC 6238 on RFC 4226, HMAC-SHA-1, 6 digits, 30 s: what every authenticator app does. */

const STEP_MS = 30_000;
const DIGITS = 6;
const SECRET_BYTES = 20;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export const newTotpSecret = (): Buffer => randomBytes(SECRET_BYTES);

/** RFC 4226 section 5.3. */
export function hotp(secret: Buffer, counter: number): string {
  const moving = Buffer.alloc(8);
  moving.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac('sha1', secret).update(moving).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  const code = (mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS;
  return String(code).padStart(DIGITS, '0');
}

/**
 * One step before and after counts, for clocks that differ; a step that was used, or one before it, never again.
 *
 * @param lastStep - the step of the last code that was taken
 * @returns the step of the code, or undefined when it is wrong
 */
export function totpStep(secret: Buffer, code: string, now: WallMs, lastStep: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const step = Math.floor(now / STEP_MS);
  for (const each of [step, step - 1, step + 1]) if (each > lastStep && hotp(secret, each) === code) return each;
  return undefined;
}

/** RFC 4648 section 6, without padding: how people type a secret. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(held >>> (bits - 5)) & 31] ?? '';
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + (ALPHABET[(held << (5 - bits)) & 31] ?? '');
}

/** What authenticator apps read from a QR code. */
export const totpUri = (secret: Buffer, name: string): string =>
  `otpauth://totp/Tellerline:${encodeURIComponent(name)}?secret=${base32(secret)}&issuer=Tellerline`;
