import { expectEndpoint } from '../../lib/endpoint.ts';
import { jsonPoster } from '../../lib/post-json.ts';
import type { ServiceWire } from '../service-wire.ts';
import type { HttpBankOptions } from './http-transport.ts';
import { postToBank } from './post-to-bank.ts';

/**
 * ADAPTER: declared services over HTTP. The arguments are the JSON body of a POST, its answer's body are the values; 409 with {"because"} refuses.
 *
 * @throws IvrError CONFIG_INVALID: the token and customers' data go over verified TLS, or not at all
 */
export function httpServices({ url, token, tls }: HttpBankOptions): ServiceWire {
  expectEndpoint(url, 'the URL of a server of services');
  const base = url.replace(/\/$/, '');
  const poster = jsonPoster(tls);
  return {
    async send({ service, path, args, key }, signal) {
      const post = { operation: service, url: base + path, token, body: args, key };
      const reply = await postToBank(poster, post, signal);
      return reply.outcome === 'answered' ? reply : { outcome: 'refused', because: reply.because ?? '' };
    },
    [Symbol.asyncDispose]() {
      poster[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
