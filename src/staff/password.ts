import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { IvrError } from '../domain/error.ts';

/* Passwords by scrypt (RFC 7914) with OWASP's parameters: N = 2^15, r = 8, p = 3; 32 MB and some 150 ms each. */

export interface PasswordCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}
export const PASSWORD_COST: PasswordCost = { N: 2 ** 15, r: 8, p: 3 };

const MOST_MEMORY = 64 * 2 ** 20;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** Hashing blocks a thread that files need too: one at a time, and at most this many wait; further ones are refused. */
const MOST_WAITING = 16;
export const SHORTEST_PASSWORD = 12;
const LONGEST_PASSWORD = 128;

export interface Passwords {
  /** @returns 'scrypt$32768$8$3$<salt>$<key>', base64url. @throws IvrError OVERLOADED */
  hash(password: string): Promise<string>;
  /** Takes as long for a name that nobody has: give it `undefined` then. @throws IvrError OVERLOADED */
  matches(password: string, stored: string | undefined): Promise<boolean>;
}

const derive = promisify<string, Buffer, number, PasswordCost & { maxmem: number }, Buffer>(scrypt);

export function openPasswords(cost: PasswordCost = PASSWORD_COST): Passwords {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const derived = async (password: string, salt: Buffer, by: PasswordCost): Promise<Buffer> => {
    if (waiting >= MOST_WAITING)
      throw new IvrError('OVERLOADED', 'too many people are signing in at the moment; try again');
    waiting += 1;
    const mine = last.then(() => derive(password.normalize('NFKC'), salt, KEY_BYTES, { ...by, maxmem: MOST_MEMORY }));
    last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      waiting -= 1;
    }
  };
  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const key = await derived(password, salt, cost);
      return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
    },
    async matches(password, stored) {
      if (stored === undefined) {
        await derived(password, Buffer.alloc(SALT_BYTES), cost);
        return false;
      }
      const [, N, r, p, salt = '', key = ''] = stored.split('$');
      const by = { N: Number(N), r: Number(r), p: Number(p) };
      const found = await derived(password, Buffer.from(salt, 'base64url'), by);
      const wanted = Buffer.from(key, 'base64url');
      return wanted.length === found.length && timingSafeEqual(found, wanted);
    },
  };
}

/** Length counts, not kinds of characters (NIST SP 800-63B section 5.1.1.2). @returns what is wrong with it */
export function passwordProblem(password: string, name: string): string | undefined {
  if (password.length < SHORTEST_PASSWORD) return `the password needs at least ${SHORTEST_PASSWORD} characters`;
  if (password.length > LONGEST_PASSWORD) return `the password may have ${LONGEST_PASSWORD} characters at most`;
  if (name.length >= 3 && password.toLowerCase().includes(name.toLowerCase())) return 'the password contains the name';
  if (new Set(password).size < 5) return 'the password repeats a few characters';
  return undefined;
}
