import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContainerHeader } from '../../../src/archive/container/container.ts';
import { openContainer } from '../../../src/archive/container/open-container.ts';
import { CHUNK_BYTES, type RangeSource } from '../../../src/lib/chunks.ts';
import { sealContainer } from '../../../src/archive/container/seal-container.ts';
import { newRecordingId } from '../../../src/domain/ids.ts';
import { assertProperty } from '../../support/assert-property.ts';

const HEADER: ContainerHeader = {
  recording: newRecordingId(1_800_000_000_000),
  name: 'audio.flac',
  mediaType: 'audio/flac',
  retentionClass: 'customer-call',
  policy: 'bank-default',
  policyVersion: 1,
  key: { epoch: 'customer-call.2027-01', wrapped: 'AAAA' },
};

describe.each([
  ['AES-256-GCM', HEADER, 16],
  ['SM4 and HMAC-SM3', { ...HEADER, cipher: 'sm4-ctr-hmac-sm3' as const }, 32],
])('%s', (_name, header, tag) => {
  const key = new Uint8Array(randomBytes(32));

  const sourceOf = (bytes: Uint8Array): RangeSource & { read_bytes: number } => {
    const source = {
      bytes: bytes.length,
      read_bytes: 0,
      read: (from: number, to: number) => {
        source.read_bytes += to - from;
        return Promise.resolve(bytes.subarray(from, to));
      },
    };
    return source;
  };
  const open = (bytes: Uint8Array, with_key = key) => openContainer(sourceOf(bytes), () => Promise.resolve(with_key));
  async function seal(parts: readonly Uint8Array[]): Promise<Buffer> {
    const out: Uint8Array[] = [];
    for await (const part of sealContainer(header, key, parts)) out.push(part);
    return Buffer.concat(out);
  }
  const bodyAt = (sealed: Buffer): number => 12 + sealed.readUInt32BE(8);
  const SEALED = CHUNK_BYTES + tag;

  test('what is sealed is read back whole and in any range, whatever pieces it came in', async () => {
    const sizes = fc.constantFrom(0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 200_000);
    await assertProperty(
      fc.asyncProperty(
        sizes,
        fc.array(fc.nat(200_000), { maxLength: 5 }),
        fc.nat(220_000),
        fc.nat(220_000),
        async (size, cuts, a, b) => {
          const content = randomBytes(size);
          const places = [0, ...cuts.filter((cut) => cut < size).toSorted((x, y) => x - y), size];
          const sealed = await seal(places.slice(1).map((to, i) => content.subarray(places[i], to)));
          const container = await open(sealed);
          expect(container.header).toEqual(header);
          expect(container.bytes).toBe(size);
          const [from, to] = [Math.min(a, b), Math.max(a, b)];
          expect(Buffer.from(await container.read(from, to)).equals(content.subarray(from, to))).toBe(true);
          expect(Buffer.from(await container.read(0, size)).equals(content)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a range reads the chunks that hold it, and no others', async () => {
    const source = sourceOf(await seal([randomBytes(20 * CHUNK_BYTES)]));
    const container = await openContainer(source, () => Promise.resolve(key));
    source.read_bytes = 0;
    await container.read(5 * CHUNK_BYTES + 10, 5 * CHUNK_BYTES + 20);
    expect(source.read_bytes).toBe(SEALED);
  });

  test('a flipped bit anywhere is refused', async () => {
    const sealed = await seal([randomBytes(2 * CHUNK_BYTES + 100)]);
    const places = [
      ...Array.from({ length: bodyAt(sealed) }, (_, i) => i),
      ...Array.from({ length: 60 }, (_, i) => bodyAt(sealed) + i * 2190),
      sealed.length - 1,
    ];
    for (const place of places) {
      const changed = Buffer.from(sealed);
      changed[place] = changed[place]! ^ (1 << (place % 8));
      const read = open(changed).then((container) => container.read(0, container.bytes));
      await expect(read, `byte ${place}`).rejects.toMatchObject({ code: 'CONTAINER_DAMAGED' });
    }
  });

  test('what is cut off, put in another order, left out, repeated or appended is refused', async () => {
    const sealed = await seal([randomBytes(4 * CHUNK_BYTES - 5)]);
    const head = sealed.subarray(0, bodyAt(sealed));
    const chunk = (i: number) => sealed.subarray(head.length + i * SEALED, head.length + (i + 1) * SEALED);
    const [a, b, c, d] = [chunk(0), chunk(1), chunk(2), chunk(3)];
    const forged: Record<string, readonly Uint8Array[]> = {
      'the last chunk gone': [a, b, c],
      'all chunks gone': [],
      'two swapped': [b, a, c, d],
      'one left out': [a, c, d],
      'one twice': [a, b, b, d],
      'a chunk after the last': [a, b, c, d, d],
      'a byte after the last': [a, b, c, d, new Uint8Array(1)],
      'a byte less': [a, b, c, d.subarray(0, -1)],
    };
    for (const [what, chunks] of Object.entries(forged)) {
      const read = open(Buffer.concat([head, ...chunks])).then((container) => container.read(0, container.bytes));
      await expect(read, what).rejects.toMatchObject({ code: 'CONTAINER_DAMAGED' });
    }
  });

  test('a chunk of another container does not fit, though its key is the same; nor does another key', async () => {
    const [one, two] = [await seal([randomBytes(10)]), await seal([randomBytes(10)])];
    const mixed = Buffer.concat([one.subarray(0, bodyAt(one)), two.subarray(bodyAt(two))]);
    await expect(open(mixed)).rejects.toMatchObject({ code: 'CONTAINER_DAMAGED' });
    await expect(open(one, new Uint8Array(32))).rejects.toMatchObject({ code: 'CONTAINER_DAMAGED' });
  });

  test('bytes of anybody are refused, never more', async () => {
    await assertProperty(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, magic) => {
        const given = magic ? Buffer.concat([Buffer.from('IVRSEAL1\0\0\0'), bytes]) : bytes;
        await expect(open(given)).rejects.toMatchObject({ code: 'CONTAINER_DAMAGED' });
      }),
    );
  });
});

test('a container of one cipher is not opened as one of the other', async () => {
  const key = new Uint8Array(randomBytes(32));
  const parts: Uint8Array[] = [];
  for await (const part of sealContainer({ ...HEADER, cipher: 'sm4-ctr-hmac-sm3' }, key, [randomBytes(100)]))
    parts.push(part);
  const sealed = Buffer.concat(parts);
  const changed = Buffer.from(sealed.toString('latin1').replace('"cipher"', '"cipheR"'), 'latin1');
  const source = {
    bytes: changed.length,
    read: (from: number, to: number) => Promise.resolve(changed.subarray(from, to)),
  };
  await expect(openContainer(source, () => Promise.resolve(key))).rejects.toMatchObject({ code: 'CONTAINER_DAMAGED' });
});
