import { randomBytes } from 'node:crypto';
import { hotp } from '../../src/staff/totp.ts';
import { openStaff, type Staff, type StaffOptions } from '../../src/staff/open-staff.ts';
import type { Place } from '../../src/staff/limited-attempt.ts';
import type { SessionHolder } from '../../src/staff/sign-in.ts';
import { staffKey } from '../../src/staff/staff-key.ts';
import type { Attributes, Role } from '../../src/staff/staff-service.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { ManualClock } from './manual-clock.ts';

export const AT: Place = { address: '127.0.0.1', source: '127.0.0.1' };
export const PASSWORD = 'correct horse battery';
export const NEXT_PASSWORD = 'staple of another kind';

export const openTestStaff = (knex: StaffOptions['knex'], clock: ManualClock): Staff =>
  openStaff(
    {
      knex,
      key: staffKey(randomBytes(32)),
      limits: { idleMs: 900_000, absoluteMs: 36_000_000 },
      sampleRate: 0.5,
      passwordCost: { N: 2 ** 8, r: 8, p: 1 },
    },
    clock,
    silentLogger,
  );

const base32Decoded = (text: string): Buffer => {
  const bits = Array.from(text)
    .map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
};
/** What the authenticator app shows. */
export const codeOf = (secret: string, at: number): string => hotp(base32Decoded(secret), Math.floor(at / 30_000));

export interface SignedInStaff {
  readonly holder: SessionHolder;
  readonly token: string;
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

/** An account that went through its first sign-in: password, enrolment, a password of its own. */
export async function signedIn(
  staff: Staff,
  clock: Pick<ManualClock, 'wall'>,
  name: string,
  roles: readonly Role[],
  attributes: Partial<Attributes> = {},
): Promise<SignedInStaff> {
  await staff.accounts.add({ name, fullName: name, password: PASSWORD, roles, attributes });
  const holderOf = async (token: string): Promise<SessionHolder> => {
    const holder = await staff.signIn.find(token, AT.address);
    if (holder === undefined) throw new Error('no session');
    return holder;
  };
  const first = await staff.signIn.password(name, PASSWORD, AT);
  const { secret } = await staff.signIn.offerEnrolment(await holderOf(first.token));
  const enrolled = await staff.signIn.enrol(await holderOf(first.token), codeOf(secret, clock.wall()), AT);
  const { token } = await staff.signIn.changePassword(await holderOf(enrolled.token), PASSWORD, NEXT_PASSWORD, AT);
  return { holder: await holderOf(token), token, secret, recoveryCodes: enrolled.recoveryCodes };
}
