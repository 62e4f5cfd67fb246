import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openPasswords, passwordProblem } from '../../src/staff/password.ts';
import { newRecoveryCodes, spendRecoveryCode } from '../../src/staff/recovery-codes.ts';
import { openSignInAttempts } from '../../src/staff/sign-in-attempts.ts';
import { openStaffKey, staffKey } from '../../src/staff/staff-key.ts';
import { base32, hotp, totpStep, totpUri } from '../../src/staff/totp.ts';
import { wallMs } from '../../src/domain/units.ts';

const SECRET = Buffer.from('12345678901234567890');

test('HOTP: RFC 4226 appendix D', () => {
  expect(Array.from({ length: 10 }, (_, count) => hotp(SECRET, count))).toEqual(
    '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' '),
  );
});

// RFC 6238 appendix B, SHA-1, the last six of its eight digits
test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('TOTP: RFC 6238 appendix B at %d s', (at, code) => {
  expect(totpStep(SECRET, code, wallMs(at * 1000), 0)).toBe(Math.floor(at / 30));
});

test('a code counts a step early and late, no further, and once', () => {
  const now = wallMs(1_700_000_000_000);
  const step = Math.floor(now / 30_000);
  const found = [-2, -1, 0, 1, 2].map((off) => totpStep(SECRET, hotp(SECRET, step + off), now, 0));
  expect(found).toEqual([undefined, step - 1, step, step + 1, undefined]);
  expect(totpStep(SECRET, hotp(SECRET, step), now, step)).toBeUndefined();
  expect(totpStep(SECRET, hotp(SECRET, step - 1), now, step)).toBeUndefined();
  for (const junk of ['', '12345', '1234567', 'abcdef', '１２３４５６'])
    expect(totpStep(SECRET, junk, now, 0)).toBeUndefined();
});

test('base32: RFC 4648 section 10, without padding', () => {
  expect(['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) => base32(Buffer.from(text)))).toEqual([
    '',
    'MY',
    'MZXQ',
    'MZXW6',
    'MZXW6YQ',
    'MZXW6YTB',
    'MZXW6YTBOI',
  ]);
  expect(totpUri(SECRET, 'j.doe')).toBe(
    'otpauth://totp/Tellerline:j.doe?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tellerline',
  );
});

test('a recovery code opens once, however it is typed', () => {
  const key = staffKey(randomBytes(32));
  const { shown, stored } = newRecoveryCodes(key);
  expect(new Set(shown).size).toBe(10);
  const left = spendRecoveryCode(` ${(shown[3] ?? '').toLowerCase().replaceAll('-', ' ')}`, stored, key);
  expect(left).toHaveLength(9);
  expect(spendRecoveryCode(shown[3] ?? '', left ?? [], key)).toBeUndefined();
  expect(spendRecoveryCode('AAAA-AAAA-AAAA-AAAA', stored, key)).toBeUndefined();
  expect(stored.join()).not.toContain((shown[0] ?? '').slice(0, 4));
});

test('passwords: the right one, no other, none for nobody; the same one twice is stored differently', async () => {
  const cheap = openPasswords({ N: 2 ** 8, r: 8, p: 1 });
  const stored = await cheap.hash('correct horse battery');
  expect(stored).toMatch(/^scrypt\$256\$8\$1\$/);
  expect(await cheap.matches('correct horse battery', stored)).toBe(true);
  expect(await cheap.matches('correct horse batterY', stored)).toBe(false);
  expect(await cheap.matches('correct horse battery', undefined)).toBe(false);
  expect(await cheap.matches('', undefined)).toBe(false);
  expect(await cheap.hash('correct horse battery')).not.toBe(stored);
  expect(await cheap.matches('caf\u00e9 au lait 1234', await cheap.hash('cafe\u0301 au lait 1234'))).toBe(true);
  // a password outlives a change of the cost
  const dear = openPasswords();
  expect(await dear.matches('correct horse battery', stored)).toBe(true);
  expect(await dear.hash('correct horse battery')).toMatch(/^scrypt\$32768\$8\$3\$/);
});

test('whoever signs in when many do is sent away before anything is reckoned', async () => {
  const cheap = openPasswords({ N: 2 ** 8, r: 8, p: 1 });
  const all = await Promise.allSettled(Array.from({ length: 40 }, () => cheap.matches('x', undefined)));
  expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(24);
  expect(await cheap.matches('x', undefined)).toBe(false);
});

test.each([
  ['short', 'at least 12'],
  ['aaaaaaaaaaaaaaaa', 'repeats'],
  ['my name is J.DOE really', 'contains the name'],
  ['x1y2'.repeat(40), '128'],
])('the password %s is refused', (password, why) => {
  expect(passwordProblem(password, 'j.doe')).toContain(why);
});

test('the key file is made once, for its owner alone; a factor that another key sealed is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-test-'));
  try {
    const file = join(folder, 'deep', 'staff-key');
    // processes that begin together come to one key
    const [one, other] = await Promise.all([openStaffKey(file), openStaffKey(file)]);
    expect(other.open(one.seal(SECRET))).toEqual(SECRET);
    const sealed = (await openStaffKey(file)).seal(SECRET);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await openStaffKey(file)).open(sealed)).toEqual(SECRET);
    expect(await readFile(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    expect(() => staffKey(randomBytes(32)).open(sealed)).toThrow(/staff\.key_file/);
    expect(() => staffKey(Buffer.alloc(3))).toThrow(/32 bytes/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('lock-out: a source waits long before it can lock an account; many sources lock it, but not where its owner works', () => {
  let now = 0;
  const attempts = openSignInAttempts(() => now);
  const tried = (source: string): boolean => {
    if (attempts.wait(source, 'victim', false) !== undefined) return false;
    attempts.begin(source, 'victim');
    return true;
  };
  expect(Array.from({ length: 20 }, () => tried('198.51.100.1')).filter(Boolean)).toHaveLength(8);
  expect(attempts.wait('203.0.113.9', 'victim', false)).toBeUndefined();
  for (let source = 2; source <= 5; source++) for (let i = 0; i < 8; i++) tried(`198.51.100.${source}`);
  expect(attempts.wait('203.0.113.9', 'victim', false)).toBeGreaterThan(0);
  expect(attempts.wait('203.0.113.9', 'victim', true)).toBeUndefined();
  expect(attempts.wait('203.0.113.9', 'somebody-else', false)).toBeUndefined();
  now += 15 * 60_000;
  expect(attempts.wait('198.51.100.1', 'victim', false)).toBeUndefined();
});

test('a success of one’s own does not wash off failures at others', () => {
  const attempts = openSignInAttempts(() => 0);
  for (let round = 0; round < 8; round++) {
    attempts.begin('198.51.100.1', 'victim');
    attempts.begin('198.51.100.1', 'mine');
    attempts.succeed('198.51.100.1', 'mine');
  }
  expect(attempts.wait('198.51.100.1', 'victim', false)).toBeGreaterThan(0);
});
