import { asError, IvrError } from '../../domain/error.ts';
import { AnswerTooLong, type JsonPoster, type JsonReply } from '../../lib/post-json.ts';

export interface BankPost {
  /** Of the operation or the service, for errors. */
  readonly operation: string;
  readonly url: string;
  readonly token: string;
  readonly body: object;
  /** Makes a repeat of the same request the same request. */
  readonly key: string | undefined;
}

/** 200 answers, 409 refuses for a reason (undefined: it gave none), the rest are errors. */
export type BankReply =
  | { readonly outcome: 'answered'; readonly body: unknown }
  | { readonly outcome: 'refused'; readonly because: string | undefined };

/** @throws IvrError BANK_UNREACHABLE, BANK_REFUSED, BANK_ANSWER_INVALID */
export async function postToBank(
  poster: JsonPoster,
  { operation, url, token, body: request, key }: BankPost,
  signal: AbortSignal,
): Promise<BankReply> {
  const headers = { authorization: `Bearer ${token}`, ...(key === undefined ? {} : { 'idempotency-key': key }) };
  const { status, body } = await poster.post(url, request, headers, signal).catch((thrown: unknown): JsonReply => {
    if (thrown instanceof AnswerTooLong)
      throw new IvrError('BANK_ANSWER_INVALID', 'the answer is too long', { operation });
    throw new IvrError('BANK_UNREACHABLE', 'the bank cannot be reached', { operation }, asError(thrown));
  });
  if (status === 200 && body === undefined)
    throw new IvrError('BANK_ANSWER_INVALID', 'the answer is not JSON', { operation });
  if (status === 200) return { outcome: 'answered', body };
  if (status === 409) return { outcome: 'refused', because: reasonIn(body) };
  if (status >= 500 || status === 429)
    throw new IvrError('BANK_UNREACHABLE', `the bank answered ${status}`, { operation, status });
  throw new IvrError('BANK_REFUSED', `the bank answered ${status} to ${operation}`, { operation, status });
}

function reasonIn(body: unknown): string | undefined {
  const because = typeof body === 'object' && body !== null && 'because' in body ? body.because : undefined;
  return typeof because === 'string' ? because : undefined;
}
