import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findCardNumbers } from '../../../src/redaction/card-numbers.ts';
import { openKeySearch } from '../../../src/archive/leaks/key-needles.ts';
import { formatLeakCertificate } from '../../../src/archive/leaks/leak-certificate.ts';
import { type ScanOrder, scanForLeaks } from '../../../src/archive/leaks/scan-for-leaks.ts';
import { type FoundTones, openToneScan } from '../../../src/archive/leaks/tone-scan.ts';
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

const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  '1': [697, 1_209],
  '2': [697, 1_336],
  '3': [697, 1_477],
  '4': [770, 1_209],
  '5': [770, 1_336],
  '6': [770, 1_477],
  '7': [852, 1_209],
  '8': [852, 1_336],
  '9': [852, 1_477],
  '0': [941, 1_336],
  '#': [941, 1_477],
};
const EVERY = 1_600;

/** Keys one after the other, 100 ms each, one each 200 ms, from this sample on. */
function keyed(keys: string, from: number, length: number): Int16Array {
  const samples = new Int16Array(length);
  for (const [n, key] of Array.from(keys).entries()) samples.set(tone([...(KEYS[key] ?? [])], 800), from + n * EVERY);
  return samples;
}

/** In blocks of any size, as the encoder has them. */
function heard(left: Int16Array, block = 4_096): FoundTones {
  const scan = openToneScan(2);
  for (let at = 0; at < left.length; at += block) {
    const part = left.subarray(at, at + block);
    scan.hear([part, new Int16Array(part.length)]);
  }
  return scan.finish();
}

const order = (more: Partial<ScanOrder>): ScanOrder => ({
  audio: [],
  sources: [],
  secret: [],
  spoken: [],
  keys: [],
  profile: 'international',
  ...more,
});
const audio = (tones: FoundTones): ScanOrder['audio'] => [
  { name: 'audio.flac', bytes: 1, sha256: 'a'.repeat(64), tones, keys: [], customer: 0 },
];
const text = (name: string, content: string) => ({ name, kind: 'text' as const, bytes: Buffer.from(content) });

test('a tone of the customer within a secret entry is found, those of a menu and of the other channel are not', () => {
  const tones = heard(keyed('57', 8_000, 32_000), 102);
  expect(tones.tones.map(({ channel, at_ms }) => [channel, Math.round(at_ms / 100)])).toEqual([
    [0, 10],
    [0, 12],
  ]);
  const secret = (from_ms: number, to_ms: number) =>
    scanForLeaks(order({ audio: audio(tones), secret: [{ from_ms, to_ms }] }));
  expect(secret(1_150, 3_000).findings).toEqual([
    expect.objectContaining({ source: 'audio.flac', kind: 'pin-tone', channel: 0 }),
  ]);
  expect(secret(2_000, 3_000).findings).toEqual([]);
  const [one] = audio(tones);
  const other = scanForLeaks(order({ audio: [{ ...one!, customer: 1 }], secret: [{ from_ms: 0, to_ms: 4_000 }] }));
  expect(other.findings).toEqual([]);
});

test.each([4_096, 160, 37])(
  'the number of a card that is keyed by tones is found, block of %i samples, and where it begins and ends',
  (block) => {
    const number = '4111111111111111';
    const { cards } = heard(keyed(`12#${number}#`, 8_000, 60_000), block);
    expect(cards).toHaveLength(1);
    // after three keys, up to the sixteenth of the number
    expect(cards[0]!.from_ms).toBeGreaterThan(1_400);
    expect(cards[0]!.from_ms).toBeLessThanOrEqual(1_600);
    expect(cards[0]!.to_ms).toBeGreaterThanOrEqual(1_000 + 18 * 200 + 100);
    expect(scanForLeaks(order({ audio: audio({ tones: [], cards }) })).findings).toMatchObject([
      { kind: 'card-number', channel: 0 },
    ]);
    expect(heard(keyed('4111111111111112#', 8_000, 60_000), block).cards).toEqual([]);
    // an account number, then another: no card
    expect(heard(keyed('411111#1111111111', 8_000, 60_000), block).cards).toEqual([]);
  },
);

test('card numbers in texts are found, names that machines give are none', () => {
  const found = (content: string): string[] =>
    scanForLeaks(order({ sources: [text('events.json', content)] })).findings.map(({ kind }) => kind);
  expect(found('{"text":"my card is 4111 1111 1111 1111"}')).toEqual(['card-number']);
  expect(found('{"contact":"01890a5d-ac96-774b-9411-111111111111"}')).toEqual([]);
  expect(found('{"sip_call_id":"4111111111111111@switch"}')).toEqual([]);
  fc.assert(
    fc.property(fc.uuid(), (id) => {
      expect(found(JSON.stringify({ id, turn: `${id}.4` }))).toEqual([]);
    }),
  );
});

test('bytes of a key are found raw, in hexadecimal and in base64 at any place, and the key is named and not shown', () => {
  const key = randomBytes(32);
  const forms = [key, Buffer.from(key.toString('hex')), Buffer.from(key.toString('hex').toUpperCase())];
  for (let shift = 0; shift < 3; shift++) {
    const around = Buffer.concat([randomBytes(shift), key, randomBytes(5)]);
    forms.push(Buffer.from(around.toString('base64')), Buffer.from(around.toString('base64url')));
  }
  const keys = [{ name: 'KEK 2026-03', bytes: key }];
  for (const [n, form] of forms.entries()) {
    const bytes = Buffer.concat([randomBytes(1_000), form, randomBytes(1_000)]);
    const { findings } = scanForLeaks(order({ sources: [{ name: 'index', kind: 'bytes', bytes }], keys }));
    expect(
      findings.find(({ kind }) => kind === 'key-bytes'),
      `form ${n}`,
    ).toMatchObject({ key: 'KEK 2026-03' });
    expect(JSON.stringify(findings)).not.toContain(key.toString('hex'));
  }
  const other = scanForLeaks(order({ sources: [{ name: 'index', kind: 'bytes', bytes: randomBytes(100_000) }], keys }));
  expect(other.findings.filter(({ kind }) => kind === 'key-bytes')).toEqual([]);
});

test('a key that lies across pieces is found, wherever they are cut', () => {
  const bytes = randomBytes(32);
  const whole = Buffer.concat([randomBytes(200), bytes, randomBytes(200)]);
  for (let cut = 195; cut < 240; cut++) {
    const search = openKeySearch([{ name: 'k', bytes }], 'raw');
    for (const piece of [whole.subarray(0, cut), whole.subarray(cut, cut + 7), whole.subarray(cut + 7)])
      search.add(piece);
    expect(search.finish()).toEqual([{ key: 'k', at: 200 }]);
  }
});

test('the certificate names what was looked through, and what for; with the national profile by SM3, too', () => {
  const { sources, findings } = scanForLeaks(order({ sources: [text('transcript.json', '{}')], profile: 'national' }));
  expect(findings).toEqual([]);
  const facts = {
    salt: '0'.repeat(64),
    recording: 'r',
    at: '2026-03-01T00:00:00Z',
    software: 'test',
    keys: ['root key'],
  };
  expect(JSON.parse(formatLeakCertificate(sources, facts))).toMatchObject({
    clean: true,
    looked_for: { keys: ['root key'] },
    sources: [
      {
        name: 'transcript.json',
        sha256: expect.any(String) as string,
        sm3: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    ],
  });
});
