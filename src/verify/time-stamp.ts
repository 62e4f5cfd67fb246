import { concat, equalBytes, Malformed, sha256 } from './bytes.ts';
import { type Certificate, checkChain, hashName, parseCertificate, verifySignature } from './certificate.ts';
import {
  children,
  CONTEXT_0,
  type Element,
  expectTag,
  OCTETS,
  oidOf,
  onlyElement,
  readElement,
  sameElement,
  SEQUENCE,
  SET,
  timeOf,
} from './der.ts';

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

/**
 * Verifies a TimeStampToken (RFC 3161) over `data`, up to one of the `trusted` certificates (DER).
 *
 * @returns the time of the stamp, Unix ms
 * @throws Malformed with what is wrong
 */
export async function verifyTimeStamp(
  token: Uint8Array,
  data: Uint8Array,
  trusted: readonly Uint8Array[],
): Promise<number> {
  const [type, explicit] = children(onlyElement(token, SEQUENCE));
  if (oidOf(type) !== SIGNED_DATA) throw new Malformed('not a time stamp token');
  const signedData = children(readElement(expectTag(explicit, CONTEXT_0).content));
  const [contentType, octets] = children(expectTag(signedData[2], SEQUENCE));
  if (oidOf(contentType) !== TST_INFO) throw new Malformed('signed, but not a time stamp');
  const info = expectTag(readElement(expectTag(octets, CONTEXT_0).content), OCTETS).content;
  const time = await checkInfo(info, data);
  const certificates = signedData
    .filter(({ tag }) => tag === CONTEXT_0)
    .flatMap((set) => children(set).map(({ whole }) => parseCertificate(whole)));
  const [signerInfo, ...others] = children(expectTag(signedData.at(-1), SET));
  if (signerInfo === undefined || others.length > 0) throw new Malformed('not signed by exactly one authority');
  const signer = await checkSigner(signerInfo, info, certificates);
  await checkChain(signer, certificates, trusted.map(parseCertificate), time);
  return time;
}

async function checkInfo(info: Uint8Array, data: Uint8Array): Promise<number> {
  const [, , imprint, , time] = children(onlyElement(info, SEQUENCE));
  const [algorithm, hash] = children(expectTag(imprint, SEQUENCE));
  const digest = await digestOf(hashName(algorithm), data);
  if (!equalBytes(digest, expectTag(hash, OCTETS).content)) throw new Malformed('the time stamp is of something else');
  return timeOf(time);
}

async function checkSigner(
  signerInfo: Element,
  info: Uint8Array,
  certificates: readonly Certificate[],
): Promise<Certificate> {
  const [, sid, digestAlgorithm, attributes, algorithm, signature] = children(signerInfo);
  const [issuer, serial] = children(expectTag(sid, SEQUENCE));
  const signer = certificates.find(
    (one) =>
      issuer !== undefined &&
      serial !== undefined &&
      sameElement(one.issuer, issuer) &&
      sameElement(one.serial, serial),
  );
  if (signer === undefined) throw new Malformed("the token lacks its authority's certificate");
  const hash = hashName(digestAlgorithm);
  const signed = expectTag(attributes, CONTEXT_0);
  const values = new Map<string, Element>();
  for (const attribute of children(signed)) {
    const [id, set] = children(attribute);
    values.set(oidOf(id), readElement(expectTag(set, SET).content));
  }
  if (oidOf(values.get(CONTENT_TYPE)) !== TST_INFO) throw new Malformed('the signature is of another kind of content');
  if (!equalBytes(expectTag(values.get(MESSAGE_DIGEST), OCTETS).content, await digestOf(hash, info)))
    throw new Malformed("the token's content was changed");
  await checkSigningCertificate(values, signer);
  if (signer.usages.length !== 1 || signer.usages[0] !== TIME_STAMPING)
    throw new Malformed("the authority's certificate is not for time stamps alone");
  // what is signed is the SET itself, not its implicit tag (RFC 5652 section 5.4)
  const message = concat(Uint8Array.of(SET), signed.whole.subarray(1));
  if (
    !(await verifySignature(
      signer.publicKey,
      expectTag(algorithm, SEQUENCE),
      hash,
      expectTag(signature, OCTETS).content,
      message,
    ))
  )
    throw new Malformed("the authority's signature does not verify");
  return signer;
}

/** That the signed attributes name the very certificate (RFC 5035): another of the same key will not do. */
async function checkSigningCertificate(values: ReadonlyMap<string, Element>, signer: Certificate): Promise<void> {
  const second = values.get(SIGNING_CERTIFICATE_V2);
  const named = second ?? values.get(SIGNING_CERTIFICATE);
  if (named === undefined) throw new Malformed('the token does not name its certificate');
  const [ids] = children(named);
  const parts = children(expectTag(children(expectTag(ids, SEQUENCE))[0], SEQUENCE));
  const explicit = parts[0]?.tag === SEQUENCE;
  const hash = second === undefined ? 'SHA-1' : explicit ? hashName(parts[0]) : 'SHA-256';
  const value = expectTag(parts[explicit ? 1 : 0], OCTETS).content;
  if (!equalBytes(value, await digestOf(hash, signer.der))) throw new Malformed('the token names another certificate');
}

const digestOf = async (hash: string, data: Uint8Array): Promise<Uint8Array> =>
  hash === 'SHA-256' ? sha256(data) : new Uint8Array(await crypto.subtle.digest(hash, concat(data)));
