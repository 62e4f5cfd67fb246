import { asError, IvrError } from '../../domain/error.ts';
import { expectEndpoint } from '../../lib/endpoint.ts';
import { AnswerTooLong, type ClientTls, type JsonReply, jsonPoster } from '../../lib/post-json.ts';
import type { BankTransport, WireAnswer } from '../bank-transport.ts';
import { type OperationName, OPERATIONS, type Refusal, REFUSALS } from '../operations.ts';

/*
 * ADAPTER: the bank over HTTP as docs/bank-api.yaml says. Everything is a POST with a JSON body, so that no number stands in a URL, which
 * proxies log. 200 answers, 409 refuses for a reason that callers may hear.
 */

export interface HttpBankOptions {
  /** Such as https://core.bank.example/api; plain HTTP to this machine alone. */
  readonly url: string;
  readonly token: string;
  readonly tls?: ClientTls;
}

/** @throws IvrError CONFIG_INVALID: the token and customers' data go over verified TLS, or not at all */
export function httpTransport({ url, token, tls }: HttpBankOptions): BankTransport {
  expectEndpoint(url, 'the URL of the bank');
  const base = url.replace(/\/$/, '');
  const poster = jsonPoster(tls);
  return {
    async send(operation, request, key, signal) {
      const headers = {
        authorization: `Bearer ${token}`,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      };
      const { status, body } = await poster
        .post(base + OPERATIONS[operation].path, request, headers, signal)
        .catch((thrown: unknown): JsonReply => {
          if (thrown instanceof AnswerTooLong)
            throw new IvrError('BANK_ANSWER_INVALID', 'the answer is too long', { operation });
          throw new IvrError('BANK_UNREACHABLE', 'the bank cannot be reached', { operation }, asError(thrown));
        });
      if (status === 200 && body === undefined)
        throw new IvrError('BANK_ANSWER_INVALID', 'the answer is not JSON', { operation });
      if (status === 200) return { outcome: 'answered', body };
      if (status === 409) return refusal(body, operation);
      if (status >= 500 || status === 429)
        throw new IvrError('BANK_UNREACHABLE', `the bank answered ${status}`, { operation, status });
      throw new IvrError('BANK_REFUSED', `the bank answered ${status} to ${operation}`, { operation, status });
    },
    [Symbol.asyncDispose]() {
      poster[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

function refusal(body: unknown, operation: OperationName): WireAnswer {
  const because = typeof body === 'object' && body !== null && 'because' in body ? body.because : undefined;
  const known = REFUSALS.find((one): one is Refusal => one === because);
  if (known === undefined)
    throw new IvrError('BANK_ANSWER_INVALID', 'the bank refused for a reason that its contract does not list', {
      operation,
    });
  return { outcome: 'refused', because: known };
}
