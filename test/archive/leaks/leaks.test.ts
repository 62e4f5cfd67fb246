import { generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findCardNumbers } from '../../../src/redaction/card-numbers.ts';
import { leakCertificate } from '../../../src/archive/leaks/leak-certificate.ts';
import { scanForLeaks } from '../../../src/archive/leaks/scan-for-leaks.ts';
import { ed25519Signer } from '../../../src/archive/signing/ed25519-signer.ts';
import { encodeFlacFrame } from '../../../src/audio/flac/encode-flac.ts';
import { formatFlacHeader } from '../../../src/audio/flac/flac-stream.ts';
import { tone } from '../../../src/audio/tone.ts';

describe('card numbers', () => {
  test.each([
    '4111111111111111',
    'my card is 4111 1111 1111 1111 and it expires 12 25',
    '6222-0212-3456-7890-128 valid 1225',
    '卡号是六二二二零二一二三四五六七八九零一二八',
    'four one one one one one one one one one one one one one one one',
    '４１１１１１１１１１１１１１１１',
    '"number":"378282246310005"',
  ])('%s is found', (text) => {
    expect(findCardNumbers(text).length).toBe(1);
  });
  test.each([
    '4111111111111112',
    '1772355600000',
    '"at":1772355600001,"t_ms":100',
    'a4111111111111111b',
    '01890a5d-ac96-774b-bcce-b302099a8058',
    'call 95588 on 2026-03-01 at 09:00',
  ])('%s is none', (text) => {
    expect(findCardNumbers(text)).toEqual([]);
  });
  test('every number that passes Luhn is found, wherever it is divided', () => {
    const luhn = (digits: readonly number[]): number =>
      digits
        .toReversed()
        .reduce((sum, digit, n) => sum + (n % 2 === 1 ? ((digit * 2) % 10) + (digit > 4 ? 1 : 0) : digit), 0);
    const gaps = fc.array(fc.constantFrom('', ' ', '-'), { minLength: 15, maxLength: 15 });
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 14, maxLength: 14 }), gaps, (digits, between) => {
        const body = [4, ...digits];
        const number = [...body, (10 - (luhn([...body, 0]) % 10)) % 10];
        const text = number.map((digit, n) => `${digit}${between[n] ?? ''}`).join('');
        expect(findCardNumbers(`x ${text} y`).length).toBe(1);
      }),
    );
  });
});

const audio = (left: Int16Array): Uint8Array => {
  const right = new Int16Array(left.length);
  return Buffer.concat([
    formatFlacHeader({
      rate: 8_000,
      channels: 2,
      samples: left.length,
      blockSize: left.length,
      md5: new Uint8Array(16),
    }),
    encodeFlacFrame([left, right], 8_000, 0),
  ]);
};

test('tones within a secret entry are found, those of a menu are not; the certificate is signed and names what was scanned', async () => {
  const samples = new Int16Array(32_000);
  samples.set(tone([770, 1_336], 800), 8_000); // a menu's key at 1 s
  samples.set(tone([852, 1_477], 800), 20_000); // at 2.5 s
  const source = (spans: { channel: number; from_ms: number; to_ms: number }[]) => ({
    name: 'audio.flac',
    kind: 'audio' as const,
    read: () => Promise.resolve(audio(samples)),
    secretSpans: spans,
  });
  const leaking = await scanForLeaks([source([{ channel: 0, from_ms: 2_000, to_ms: 3_500 }])], []);
  expect(leaking.findings).toEqual([
    { source: 'audio.flac', kind: 'pin-tone', at: expect.closeTo(2_520, -2) as number },
  ]);
  const clean = await scanForLeaks(
    [
      source([
        { channel: 0, from_ms: 3_000, to_ms: 3_900 },
        { channel: 1, from_ms: 0, to_ms: 4_000 },
      ]),
    ],
    [],
  );
  expect(clean.findings).toEqual([]);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { text, signatures } = await leakCertificate(
    clean,
    { at: '2026-03-01T00:00:00Z', software: 'test', keys: [] },
    [ed25519Signer(privateKey)],
  );
  expect(JSON.parse(text)).toMatchObject({ clean: true, sources: [{ name: 'audio.flac' }] });
  expect(verify(null, Buffer.from(text), publicKey, Buffer.from(signatures[0]?.value ?? '', 'base64'))).toBe(true);
});

test('bytes of a key are found raw, in hexadecimal and in base64 at any place, and the key is named and not shown', async () => {
  const key = randomBytes(32);
  const forms = [key, Buffer.from(key.toString('hex')), Buffer.from(key.toString('hex').toUpperCase())];
  for (let shift = 0; shift < 3; shift++) {
    const text = Buffer.concat([randomBytes(shift), key, randomBytes(5)]);
    forms.push(Buffer.from(text.toString('base64')), Buffer.from(text.toString('base64url')));
  }
  for (const [n, form] of forms.entries()) {
    const content = Buffer.concat([randomBytes(1_000), form, randomBytes(1_000)]);
    const { findings } = await scanForLeaks(
      [{ name: 'index', kind: 'bytes', read: () => Promise.resolve(content) }],
      [{ name: 'KEK 2026-03', bytes: key }],
    );
    expect(
      findings.find(({ kind }) => kind === 'key-bytes'),
      `form ${n}`,
    ).toMatchObject({ key: 'KEK 2026-03' });
    expect(JSON.stringify(findings)).not.toContain(key.toString('hex'));
  }
  const other = await scanForLeaks(
    [{ name: 'index', kind: 'bytes', read: () => Promise.resolve(randomBytes(100_000)) }],
    [{ name: 'KEK', bytes: key }],
  );
  expect(other.findings.filter(({ kind }) => kind === 'key-bytes')).toEqual([]);
});
