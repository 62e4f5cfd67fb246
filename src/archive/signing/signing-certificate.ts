import { createHash } from 'node:crypto';
import { BitString, fromBER, Integer, ObjectIdentifier, Sequence, Utf8String } from 'asn1js';
import { AlgorithmIdentifier, AttributeTypeAndValue, Certificate, PublicKeyInfo, Time, TimeType } from 'pkijs';
import type { Signer } from './signer.ts';

const ED25519 = '1.3.101.112';
const COMMON_NAME = '2.5.4.3';
/** RFC 5280 section 4.1.2.5: a certificate that has no well-defined end. */
const NO_END = new Date('9999-12-31T23:59:59Z');
const SINCE = new Date('2026-01-01T00:00:00Z');

/**
 * A self-signed X.509 certificate (RFC 5280, RFC 8410) of an Ed25519 key, DER, for formats that want certificates and not keys. The
 * same key and name give the same certificate.
 */
export async function signingCertificate(signer: Signer, name: string): Promise<Uint8Array> {
  const certificate = new Certificate();
  const algorithm = new AlgorithmIdentifier({ algorithmId: ED25519 });
  certificate.version = 2;
  const serial = createHash('sha256').update(signer.publicKey).digest().subarray(0, 16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40; // positive, of 16 bytes
  certificate.serialNumber = new Integer({ valueHex: bufferOf(serial) });
  const subject = new AttributeTypeAndValue({ type: COMMON_NAME, value: new Utf8String({ value: name }) });
  certificate.issuer.typesAndValues.push(subject);
  certificate.subject.typesAndValues.push(subject);
  certificate.notBefore.value = SINCE;
  // the year has no place in UTCTime
  certificate.notAfter = new Time({ type: TimeType.GeneralizedTime, value: NO_END });
  certificate.subjectPublicKeyInfo = new PublicKeyInfo({ schema: fromBER(bufferOf(signer.publicKey)).result });
  certificate.signature = algorithm;
  certificate.signatureAlgorithm = algorithm;
  const signed = certificate.encodeTBS();
  const signature = await signer.sign(new Uint8Array(signed.toBER()));
  const whole = new Sequence({
    value: [
      signed,
      new Sequence({ value: [new ObjectIdentifier({ value: ED25519 })] }),
      new BitString({ valueHex: bufferOf(signature) }),
    ],
  });
  return new Uint8Array(whole.toBER());
}

const bufferOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
