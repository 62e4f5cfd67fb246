import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sm2Signer } from '../../../src/archive/signing/sm2-signer.ts';
import { sm3 } from '../../../src/verify/sm3.ts';
import { verifySm2 } from '../../../src/verify/sm2.ts';

const pem = (der: Uint8Array): string =>
  `-----BEGIN PUBLIC KEY-----\n${(
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n')}\n-----END PUBLIC KEY-----\n`;

test('SM3 is that of GB/T 32905 and of OpenSSL, for every length around its blocks', () => {
  expect(Buffer.from(sm3(Buffer.from('abc'))).toString('hex')).toBe(
    '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
  );
  for (let length = 0; length < 200; length++) {
    const message = randomBytes(length);
    expect(Buffer.from(sm3(message))).toEqual(createHash('sm3').update(message).digest());
  }
});

test('stock openssl verifies our SM2 signatures with signer id 1234567812345678, and so does our verifier', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-sm2-'));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): number => spawnSync('openssl', args, { stdio: 'ignore' }).status ?? -1;
  const verify = (id: string): number =>
    openssl(
      'pkeyutl',
      '-verify',
      '-in',
      file('message'),
      '-sigfile',
      file('signature'),
      '-inkey',
      file('key.pem'),
      '-pubin',
      '-rawin',
      '-digest',
      'sm3',
      '-pkeyopt',
      `distid:${id}`,
    );
  try {
    for (const message of [Buffer.from('a message'), randomBytes(1_000), Buffer.alloc(0)]) {
      const signer = sm2Signer(randomBytes(32).toString('hex').replace(/^f/, '7'));
      const signature = await signer.sign(message);
      expect(verifySm2(signer.publicKey, signature, message)).toBe(true);
      expect(verifySm2(signer.publicKey, signature, Buffer.concat([message, Buffer.from('x')]))).toBe(false);
      await writeFile(file('message'), message);
      await writeFile(file('signature'), signature);
      await writeFile(file('key.pem'), pem(signer.publicKey));
      if (message.length === 0) continue; // openssl pkeyutl refuses an empty file
      expect(verify('1234567812345678')).toBe(0);
      expect(verify('8765432187654321')).not.toBe(0);
    }
    // the other way round: what openssl signs
    expect(openssl('genpkey', '-algorithm', 'SM2', '-out', file('private.pem'))).toBe(0);
    expect(openssl('pkey', '-in', file('private.pem'), '-pubout', '-outform', 'DER', '-out', file('public.der'))).toBe(
      0,
    );
    const { readFileSync } = await import('node:fs');
    for (const [id, good] of [
      ['1234567812345678', true],
      ['', false],
    ] as const) {
      const options = id === '' ? [] : ['-pkeyopt', `distid:${id}`];
      expect(
        openssl(
          'pkeyutl',
          '-sign',
          '-in',
          file('message'),
          '-inkey',
          file('private.pem'),
          '-rawin',
          '-digest',
          'sm3',
          ...options,
          '-out',
          file('theirs'),
        ),
      ).toBe(0);
      expect(
        verifySm2(readFileSync(file('public.der')), readFileSync(file('theirs')), readFileSync(file('message'))),
      ).toBe(good);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
