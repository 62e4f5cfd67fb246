import { asError, IvrError } from '../../domain/error.ts';
import { expectEndpoint } from '../../lib/endpoint.ts';
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
}

const MOST_BYTES = 1_000_000;

/** @throws IvrError CONFIG_INVALID: the token and customers' data go over verified TLS, or not at all */
export function httpTransport({ url, token }: HttpBankOptions): BankTransport {
  expectEndpoint(url, 'the URL of the bank');
  const base = url.replace(/\/$/, '');
  return {
    async send(operation, request, key, signal) {
      const response = await fetch(base + OPERATIONS[operation].path, {
        method: 'POST',
        redirect: 'error',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        body: JSON.stringify(request),
        signal,
      }).catch((thrown: unknown) => {
        throw new IvrError('BANK_UNREACHABLE', 'the bank cannot be reached', { operation }, asError(thrown));
      });
      const body = await jsonIn(response, operation);
      if (response.status === 200) return { outcome: 'answered', body };
      if (response.status === 409) return refusal(body, operation);
      if (response.status >= 500 || response.status === 429)
        throw new IvrError('BANK_UNREACHABLE', `the bank answered ${response.status}`, {
          operation,
          status: response.status,
        });
      throw new IvrError('BANK_REFUSED', `the bank answered ${response.status} to ${operation}`, {
        operation,
        status: response.status,
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function jsonIn(response: Response, operation: OperationName): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      const part = chunk as Uint8Array;
      bytes += part.length;
      if (bytes > MOST_BYTES) throw new IvrError('BANK_ANSWER_INVALID', 'the answer is too long', { operation });
      chunks.push(part);
    }
  } catch (thrown) {
    if (thrown instanceof IvrError) throw thrown;
    throw new IvrError('BANK_UNREACHABLE', 'the answer broke off', { operation }, asError(thrown));
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    if (response.status !== 200) return undefined;
    throw new IvrError('BANK_ANSWER_INVALID', 'the answer is not JSON', { operation });
  }
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
