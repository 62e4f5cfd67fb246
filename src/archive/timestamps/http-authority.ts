import { asError, IvrError } from '../../domain/error.ts';
import { verifyTimeStamp } from '../../verify/time-stamp.ts';
import type { TimeStampAuthority } from './time-stamp-authority.ts';
import { timeStampQuery, tokenOf } from './time-stamp-query.ts';

const LARGEST_ANSWER = 64 * 1024;

/**
 * An authority over HTTP (RFC 3161 section 3.4).
 *
 * @param trusted - certificates (DER) that its tokens must lead to
 */
export function httpAuthority(url: string, trusted: readonly Uint8Array[]): TimeStampAuthority {
  const { host } = new URL(url);
  const failed = (code: 'TIMESTAMP_REFUSED' | 'TIMESTAMP_UNREACHABLE', cause: unknown): IvrError =>
    new IvrError(code, `time stamps from ${host}: ${asError(cause).message}`, { authority: host }, cause);
  return {
    url,
    async stamp(data, signal) {
      const query = timeStampQuery(data);
      let answer: Uint8Array;
      try {
        answer = await post(url, query.der, signal);
      } catch (thrown) {
        throw failed('TIMESTAMP_UNREACHABLE', thrown);
      }
      try {
        const token = tokenOf(answer, query);
        await verifyTimeStamp(token, data, trusted);
        return token;
      } catch (thrown) {
        throw failed('TIMESTAMP_REFUSED', thrown);
      }
    },
  };
}

async function post(url: string, body: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/timestamp-query' },
    body: Uint8Array.from(body),
    signal,
    redirect: 'error',
  });
  if (response.status !== 200) throw new Error(`it answered ${response.status}`);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += (piece as Uint8Array).length;
    if (bytes > LARGEST_ANSWER) throw new Error('an answer that is too long');
    pieces.push(piece as Uint8Array);
  }
  return Buffer.concat(pieces);
}
