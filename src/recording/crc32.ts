/** CRC-32 of ISO 3309 (zlib's), four bytes a step with tables; Node 20 has no `zlib.crc32`. */
const TABLES: readonly Uint32Array[] = makeTables();

function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    first[n] = c >>> 0;
  }
  const tables = [first];
  for (let t = 1; t < 4; t++) {
    const before = tables[t - 1] ?? first;
    tables.push(before.map((c) => ((first[c & 0xff] ?? 0) ^ (c >>> 8)) >>> 0));
  }
  return tables;
}

/**
 * @param bytes - what is summed
 * @param start - the CRC of what came before, or 0
 * @returns 0..2^32-1
 */
export function crc32(bytes: Uint8Array, start = 0): number {
  const [t0, t1, t2, t3] = TABLES as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let c = ~start;
  let at = 0;
  for (const whole = bytes.length - 3; at < whole; at += 4) {
    c ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    c =
      (t3[c & 0xff] as number) ^
      (t2[(c >>> 8) & 0xff] as number) ^
      (t1[(c >>> 16) & 0xff] as number) ^
      (t0[c >>> 24] as number);
  }
  for (; at < bytes.length; at++) c = (t0[(c ^ (bytes[at] as number)) & 0xff] as number) ^ (c >>> 8);
  return ~c >>> 0;
}
