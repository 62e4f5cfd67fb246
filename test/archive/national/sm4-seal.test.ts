import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { openSm4, SM4_TAG_BYTES, sealSm4 } from '../../../src/archive/national/sm4-seal.ts';

const keys = { encryption: randomBytes(16), authentication: randomBytes(32) };
const nonce = randomBytes(16);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('stock openssl decrypts it and comes to the same tag', () => {
  const content = randomBytes(100_000);
  const header = Buffer.from('a header');
  const sealed = sealSm4(keys, nonce, content, header);
  const encrypted = sealed.subarray(0, -SM4_TAG_BYTES);
  const decrypted = spawnSync('openssl', ['enc', '-d', '-sm4-ctr', '-K', hex(keys.encryption), '-iv', hex(nonce)], {
    input: encrypted,
  });
  expect(Buffer.compare(decrypted.stdout, content)).toBe(0);
  const lengths = Buffer.alloc(16);
  lengths.writeBigUInt64BE(8n, 0);
  lengths.writeBigUInt64BE(100_000n, 8);
  const mac = spawnSync(
    'openssl',
    ['dgst', '-sm3', '-mac', 'HMAC', '-macopt', `hexkey:${hex(keys.authentication)}`, '-binary'],
    {
      input: Buffer.concat([lengths, nonce, header, encrypted]),
    },
  );
  expect(hex(mac.stdout)).toBe(hex(sealed.subarray(-SM4_TAG_BYTES)));
  expect(openSm4(keys, nonce, sealed, header).equals(content)).toBe(true);
});

test('no byte of it, of the nonce or the header may be another, nor move between them', () => {
  const header = Buffer.from('header');
  const sealed = sealSm4(keys, nonce, Buffer.from('content'), header);
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    expect(() => openSm4(keys, nonce, changed, header)).toThrow(
      expect.objectContaining({ code: 'CONTAINER_DAMAGED' }) as Error,
    );
  }
  expect(() => openSm4(keys, randomBytes(16), sealed, header)).toThrow();
  expect(() => openSm4(keys, nonce, sealed, Buffer.from('heade'))).toThrow();
  expect(() => openSm4(keys, nonce, sealed.subarray(1), Buffer.concat([header, sealed.subarray(0, 1)]))).toThrow();
  expect(() => openSm4(keys, nonce, sealed.subarray(0, 31), header)).toThrow();
  expect(openSm4(keys, nonce, sealSm4(keys, nonce, Buffer.alloc(0), header), header)).toHaveLength(0);
});
