import { concat, Malformed, toHex, utf8 } from './bytes.ts';
import { children, onlyElement, SEQUENCE, unsignedOf } from './der.ts';
import { sm3 } from './sm3.ts';

/*
 * Verification of SM2 signatures (GB/T 32918.2) with signer id 1234567812345678 over SM3. Written out: browsers do not
 * have it, and Node 20's verify accepts what is not an SM2 signature.
 */

const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const A = P - 3n;
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const G: Point = [
  0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
];
const SIGNER_ID = utf8('1234567812345678');
/** SubjectPublicKeyInfo of an SM2 key up to the point's coordinates. */
const SPKI_PREFIX = '3059301306072a8648ce3d020106082a811ccf5501822d03420004';

type Point = readonly [x: bigint, y: bigint];

const mod = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;
const bytes32 = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, n) => Number((value >> BigInt(8 * (31 - n))) & 0xffn));
const integer = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes) || '0'}`);

export const isSm2Key = (spki: Uint8Array): boolean => toHex(spki).startsWith(SPKI_PREFIX) && spki.length === 91;

/** @param spki - SubjectPublicKeyInfo, DER @param signature - DER sequence of r and s. @throws Malformed */
export function verifySm2(spki: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean {
  if (!isSm2Key(spki)) throw new Malformed('not an SM2 public key');
  const key: Point = [integer(spki.subarray(27, 59)), integer(spki.subarray(59))];
  const [x, y] = key;
  if (x >= P || y >= P || mod(y * y - (x * x * x + A * x + B), P) !== 0n)
    throw new Malformed('not a point of the SM2 curve');
  const parts = children(onlyElement(signature, SEQUENCE));
  if (parts.length !== 2) throw new Malformed('not an SM2 signature');
  const [r, s] = [integer(unsignedOf(parts[0], 32)), integer(unsignedOf(parts[1], 32))];
  if (r <= 0n || r >= N || s <= 0n || s >= N) return false;
  const t = mod(r + s, N);
  if (t === 0n) return false;
  const e = integer(sm3(concat(identityOf(key), message)));
  const point = add(times(G, s), times(key, t));
  return point !== undefined && mod(e + point[0], N) === r;
}

/** Z: the digest of the signer, GB/T 32918.2 section 5.5. */
function identityOf([x, y]: Point): Uint8Array {
  const bits = SIGNER_ID.length * 8;
  return sm3(concat(Uint8Array.of(bits >> 8, bits & 0xff), SIGNER_ID, ...[A, B, ...G, x, y].map(bytes32)));
}

function inverse(value: bigint): bigint {
  let [a, b, u, v] = [mod(value, P), P, 1n, 0n];
  while (a !== 0n) {
    const q = b / a;
    [b, a, v, u] = [a, b - q * a, u, v - q * u];
  }
  return mod(v, P);
}

/** Undefined is the point at infinity. */
function add(p: Point | undefined, q: Point | undefined): Point | undefined {
  if (p === undefined) return q;
  if (q === undefined) return p;
  if (p[0] === q[0] && mod(p[1] + q[1], P) === 0n) return undefined;
  const slope = p[0] === q[0] ? (3n * p[0] * p[0] + A) * inverse(2n * p[1]) : (q[1] - p[1]) * inverse(q[0] - p[0]);
  const x = mod(slope * slope - p[0] - q[0], P);
  return [x, mod(slope * (p[0] - x) - p[1], P)];
}

function times(point: Point, factor: bigint): Point | undefined {
  let [sum, doubled, rest]: [Point | undefined, Point | undefined, bigint] = [undefined, point, factor];
  for (; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(sum, doubled);
    doubled = add(doubled, doubled);
  }
  return sum;
}
