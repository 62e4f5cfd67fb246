import { createHash, randomBytes } from 'node:crypto';
import { fromBER, Integer, Null, OctetString } from 'asn1js';
import {
  AlgorithmIdentifier,
  ContentInfo,
  MessageImprint,
  PKIStatus,
  SignedData,
  TimeStampReq,
  TimeStampResp,
  TSTInfo,
} from 'pkijs';

const SHA256 = '2.16.840.1.101.3.4.2.1';
const NONCE_BYTES = 8;

/** A TimeStampReq (RFC 3161 section 2.4.1), DER, and what its answer is compared with. */
export interface TimeStampQuery {
  readonly der: Uint8Array;
  readonly nonce: Uint8Array;
}

/** @param data - its SHA-256 goes out; the nonce is random, and the authority is asked for its certificate */
export function timeStampQuery(data: Uint8Array): TimeStampQuery {
  const nonce = randomBytes(NONCE_BYTES);
  nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40; // positive, and always of eight bytes
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: SHA256, algorithmParams: new Null() }),
      hashedMessage: new OctetString({ valueHex: bufferOf(createHash('sha256').update(data).digest()) }),
    }),
    nonce: new Integer({ valueHex: bufferOf(nonce) }),
    certReq: true,
  });
  return { der: new Uint8Array(request.toSchema().toBER()), nonce };
}

/**
 * The token of a TimeStampResp, DER, when it was granted and answers this query.
 *
 * @throws Error with what is wrong; the token's signature is not looked at
 */
export function tokenOf(response: Uint8Array, query: TimeStampQuery): Uint8Array {
  const parsed = fromBER(bufferOf(response));
  if (parsed.offset !== response.length) throw new Error('the answer is not DER');
  const { status, timeStampToken } = new TimeStampResp({ schema: parsed.result });
  if (
    (status.status !== PKIStatus.granted && status.status !== PKIStatus.grantedWithMods) ||
    timeStampToken === undefined
  )
    throw new Error(`the authority refused: status ${status.status}`);
  const token = new Uint8Array(timeStampToken.toSchema().toBER());
  const signed = new SignedData({ schema: new ContentInfo({ schema: fromBER(bufferOf(token)).result }).content });
  const content = signed.encapContentInfo.eContent?.getValue();
  if (content === undefined) throw new Error('the token has no content');
  const info = new TSTInfo({ schema: fromBER(content).result });
  const nonce = info.nonce === undefined ? undefined : Buffer.from(info.nonce.valueBlock.valueHexView);
  if (nonce === undefined || !nonce.equals(query.nonce))
    throw new Error('the answer is to another query: its nonce differs');
  return token;
}

const bufferOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
