import { isSrtpSuite, keyingOctets, NO_MKI, type SrtpKey, type SrtpSuite } from '../domain/srtp.ts';
import type { Attribute } from './session.ts';

/* Keys of SRTP in descriptions (SDP security descriptions, RFC 4568). Whoever can read the description has the keys. */

export interface CryptoAttribute {
  readonly tag: number;
  readonly key: SrtpKey;
}

const LINE = /^(\d{1,9})\s+([\w-]{1,64})\s+inline:(\S{1,512})((?:\s+\S{1,128}){0,16})$/;
const BASE64 = /^[A-Za-z0-9+/]{1,128}={0,2}$/;
/** The key and what may stand behind it: lifetime, and an identifier with its length (RFC 4568 section 6.1). */
const KEY = /^([^|]+)(?:\|(?:2\^\d{1,2}|\d{1,15}))?(?:\|(\d{1,18}):(\d{1,3}))?$/;
const MOST_MKI_OCTETS = 128;
/** What a far end may ask for without our doing anything: the window size of its replays, and the rate at which keys are not derived anew. */
const IGNORED = /^(?:-\S+|WSH=\d+|KDR=0)$/i;

/**
 * The a=crypto lines of a stream that can be used, in their order: suites that we have, with one key each. Session parameters
 * that ask for less (UNENCRYPTED_SRTP and the like) or for more than we do make a line unusable (section 6.3).
 */
export const cryptoAttributes = (attributes: readonly Attribute[]): readonly CryptoAttribute[] =>
  attributes.flatMap(({ name, value = '' }) => {
    const parsed = name === 'crypto' ? parse(value) : undefined;
    return parsed === undefined ? [] : [parsed];
  });

function parse(value: string): CryptoAttribute | undefined {
  const [, tag = '', suite = '', inline = '', parameters = ''] = LINE.exec(value) ?? [];
  if (!isSrtpSuite(suite)) return undefined;
  const [, keying = '', identifier, identifierOctets] = KEY.exec(inline) ?? [];
  if (!BASE64.test(keying)) return undefined;
  const octets = unpooled(keying);
  if (octets.length !== keyingOctets(suite)) return undefined;
  if (!parameters.split(/\s+/).every((parameter) => parameter === '' || IGNORED.test(parameter))) return undefined;
  const mki = identifier === undefined ? NO_MKI : mkiOf(identifier, Number(identifierOctets));
  return mki === undefined ? undefined : { tag: Number(tag), key: { suite, keying: octets, mki } };
}

/** In memory of its own: it is to be wiped. */
function unpooled(base64: string): Uint8Array {
  const decoded = Buffer.from(base64, 'base64');
  const own = new Uint8Array(decoded);
  decoded.fill(0);
  return own;
}

function mkiOf(identifier: string, octets: number): Uint8Array | undefined {
  if (octets === 0 || octets > MOST_MKI_OCTETS) return undefined;
  const mki = new Uint8Array(octets);
  let rest = BigInt(identifier);
  for (let at = octets - 1; at >= 0; at--) {
    mki[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return rest === 0n ? mki : undefined;
}

export const cryptoAttribute = ({ tag, key }: CryptoAttribute): Attribute => ({
  name: 'crypto',
  value: `${tag} ${key.suite} inline:${base64Of(key.keying)}`,
});

const base64Of = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString('base64');

/** What our own descriptions have, by suite: an offer names them all, an answer the one that was chosen. */
export type OwnKeys = readonly SrtpKey[];

/** The tag that our offers give a suite. */
const tagOf = (keys: OwnKeys, suite: SrtpSuite): number => keys.findIndex((key) => key.suite === suite) + 1;

export const offeredCrypto = (keys: OwnKeys): readonly Attribute[] =>
  keys.map((key) => cryptoAttribute({ tag: tagOf(keys, key.suite), key }));

/** The first that they offer of those that we have (section 5.1.2): their key, and ours of the same suite. */
export function chosenOf(
  offered: readonly CryptoAttribute[],
  keys: OwnKeys,
): { readonly tag: number; readonly ours: SrtpKey; readonly theirs: SrtpKey } | undefined {
  for (const { tag, key } of offered) {
    const ours = keys.find(({ suite }) => suite === key.suite);
    if (ours !== undefined) return { tag, ours, theirs: key };
  }
  return undefined;
}
