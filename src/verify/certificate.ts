import { concat, Malformed } from './bytes.ts';
import {
  children,
  CONTEXT_0,
  CONTEXT_3,
  type Element,
  expectTag,
  OCTETS,
  oidOf,
  onlyElement,
  readElement,
  sameElement,
  SEQUENCE,
  timeOf,
  unsignedOf,
} from './der.ts';

/** As much of an X.509 certificate (RFC 5280) as a time stamp needs. */
export interface Certificate {
  readonly der: Uint8Array;
  readonly signed: Element;
  readonly algorithm: Element;
  readonly signature: Uint8Array;
  readonly issuer: Element;
  readonly subject: Element;
  readonly serial: Element;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: Element;
  readonly authority: boolean;
  /** Object identifiers of extended key usage. */
  readonly usages: readonly string[];
}

const BASIC_CONSTRAINTS = '2.5.29.19';
const EXTENDED_KEY_USAGE = '2.5.29.37';

/** @throws Malformed */
export function parseCertificate(der: Uint8Array): Certificate {
  const [signed, algorithm, signature] = children(onlyElement(der, SEQUENCE));
  const fields = children(expectTag(signed, SEQUENCE));
  if (fields[0]?.tag === CONTEXT_0) fields.shift();
  const [serial, , issuer, validity, subject, publicKey, ...more] = fields;
  const [from, to] = children(expectTag(validity, SEQUENCE));
  const extensions = more.find(({ tag }) => tag === CONTEXT_3);
  const byId = new Map<string, Element>();
  if (extensions !== undefined)
    for (const extension of children(readElement(extensions.content))) {
      const parts = children(extension);
      byId.set(oidOf(parts[0]), readElement(expectTag(parts.at(-1), OCTETS).content));
    }
  const constraints = byId.get(BASIC_CONSTRAINTS);
  const usages = byId.get(EXTENDED_KEY_USAGE);
  return {
    der,
    signed: expectTag(signed, SEQUENCE),
    algorithm: expectTag(algorithm, SEQUENCE),
    signature: bitString(signature),
    issuer: expectTag(issuer, SEQUENCE),
    subject: expectTag(subject, SEQUENCE),
    serial: expectTag(serial, 0x02),
    notBefore: timeOf(from),
    notAfter: timeOf(to),
    publicKey: expectTag(publicKey, SEQUENCE),
    authority:
      constraints !== undefined &&
      children(constraints)[0]?.tag === 0x01 &&
      children(constraints)[0]?.content[0] === 0xff,
    usages: usages === undefined ? [] : children(usages).map(oidOf),
  };
}

function bitString(element: Element | undefined): Uint8Array {
  const { content } = expectTag(element, 0x03);
  if (content[0] !== 0) throw new Malformed('a bit string with unused bits');
  return content.subarray(1);
}

/**
 * A chain from `leaf` to a certificate that is one of `trusted`, each signed by the next and valid at `time`.
 *
 * @throws Malformed when there is none
 */
export async function checkChain(
  leaf: Certificate,
  others: readonly Certificate[],
  trusted: readonly Certificate[],
  time: number,
): Promise<void> {
  let current = leaf;
  for (let depth = 0; depth < 8; depth++) {
    if (time < current.notBefore || time > current.notAfter)
      throw new Malformed('a certificate was not valid at the time of the stamp');
    if (trusted.some(({ der }) => sameElement(readElement(der), readElement(current.der)))) return;
    let issuer: Certificate | undefined;
    for (const candidate of [...trusted, ...others])
      if (
        candidate.authority &&
        sameElement(candidate.subject, current.issuer) &&
        (await verifySignature(
          candidate.publicKey,
          current.algorithm,
          undefined,
          current.signature,
          current.signed.whole,
        ))
      )
        issuer ??= candidate;
    if (issuer === undefined) break;
    current = issuer;
  }
  throw new Malformed('no chain of certificates leads from the stamp to one of those in certificates/');
}

const HASHES: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
};
const RSA = '1.2.840.113549.1.1.1';
const RSA_WITH: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'SHA-256',
  '1.2.840.113549.1.1.12': 'SHA-384',
  '1.2.840.113549.1.1.13': 'SHA-512',
};
const ECDSA_WITH: Readonly<Record<string, string>> = {
  '1.2.840.10045.4.3.2': 'SHA-256',
  '1.2.840.10045.4.3.3': 'SHA-384',
  '1.2.840.10045.4.3.4': 'SHA-512',
};
const CURVES: Readonly<Record<string, readonly [name: string, bytes: number]>> = {
  '1.2.840.10045.3.1.7': ['P-256', 32],
  '1.3.132.0.34': ['P-384', 48],
  '1.3.132.0.35': ['P-521', 66],
};

/** @throws Malformed for a hash that is not safe, such as SHA-1 */
export function hashName(algorithm: Element | undefined): string {
  const name = HASHES[oidOf(children(expectTag(algorithm, SEQUENCE))[0])];
  if (name === undefined) throw new Malformed('a hash that is not SHA-256, SHA-384 or SHA-512');
  return name;
}

/** @param digest - the hash when the algorithm does not name one (rsaEncryption) */
export async function verifySignature(
  publicKey: Element,
  algorithm: Element,
  digest: string | undefined,
  signature: Uint8Array,
  message: Uint8Array,
): Promise<boolean> {
  try {
    return await verifyWith(publicKey, algorithm, digest, signature, message);
  } catch (thrown) {
    // a key of another kind than the signature's has not made it
    if (thrown instanceof Malformed) throw thrown;
    return false;
  }
}

async function verifyWith(
  publicKey: Element,
  algorithm: Element,
  digest: string | undefined,
  signature: Uint8Array,
  message: Uint8Array,
): Promise<boolean> {
  const oid = oidOf(children(algorithm)[0]);
  const spki = concat(publicKey.whole);
  const rsaHash = oid === RSA ? digest : RSA_WITH[oid];
  if (rsaHash !== undefined) {
    const key = await crypto.subtle.importKey('spki', spki, { name: 'RSASSA-PKCS1-v1_5', hash: rsaHash }, false, [
      'verify',
    ]);
    return crypto.subtle.verify('RSASSA-PKCS1-v1_5', key, concat(signature), concat(message));
  }
  const ecHash = ECDSA_WITH[oid];
  const parameters = children(expectTag(children(publicKey)[0], SEQUENCE))[1];
  const curve = ecHash === undefined || parameters === undefined ? undefined : CURVES[oidOf(parameters)];
  if (ecHash === undefined || curve === undefined)
    throw new Malformed('a signature of a kind that cannot be checked here (RSA and ECDSA can)');
  const [name, bytes] = curve;
  const key = await crypto.subtle.importKey('spki', spki, { name: 'ECDSA', namedCurve: name }, false, ['verify']);
  const [r, s] = children(onlyElement(signature, SEQUENCE));
  return crypto.subtle.verify(
    { name: 'ECDSA', hash: ecHash },
    key,
    concat(unsignedOf(r, bytes), unsignedOf(s, bytes)),
    concat(message),
  );
}
