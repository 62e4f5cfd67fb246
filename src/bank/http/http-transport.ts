import { IvrError } from '../../domain/error.ts';
import { expectEndpoint } from '../../lib/endpoint.ts';
import { type ClientTls, jsonPoster } from '../../lib/post-json.ts';
import type { BankTransport } from '../bank-transport.ts';
import { OPERATIONS, type Refusal, REFUSALS } from '../operations.ts';
import { postToBank } from './post-to-bank.ts';

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
      const post = { operation, url: base + OPERATIONS[operation].path, token, body: request, key };
      const reply = await postToBank(poster, post, signal);
      if (reply.outcome === 'answered') return reply;
      const because = REFUSALS.find((one): one is Refusal => one === reply.because);
      if (because !== undefined) return { outcome: 'refused', because };
      throw new IvrError('BANK_ANSWER_INVALID', 'the bank refused for a reason that its contract does not list', {
        operation,
      });
    },
    [Symbol.asyncDispose]() {
      poster[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
