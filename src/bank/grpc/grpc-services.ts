import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { IvrError } from '../../domain/error.ts';
import type { ServiceWire } from '../service-wire.ts';
import { type GrpcBankOptions, grpcClient } from './unary-call.ts';

/* ADAPTER: declared services over gRPC as docs/services.proto says; one method for all of them. */

const PACKAGE = 'tellerline.services.v1';

const MESSAGES = {
  CallRequest: {
    fields: { service: { type: 'string', id: 1 }, arguments: { keyType: 'string', type: 'string', id: 2 } },
  },
  CallAnswer: { fields: { values: { keyType: 'string', type: 'string', id: 1 } } },
  Services: { methods: { Call: { requestType: 'CallRequest', responseType: 'CallAnswer' } } },
};
const PROTO = PACKAGE.split('.').reduceRight<object>((inner, part) => ({ nested: { [part]: inner } }), {
  nested: MESSAGES,
});

/** The service, for clients and servers. */
export const declaredServices = (): ServiceDefinition =>
  fromJSON(PROTO, { keepCase: true, defaults: true, objects: true })[`${PACKAGE}.Services`] as ServiceDefinition;

/** @throws IvrError CONFIG_INVALID: the token and customers' data go over TLS, or not at all */
export function grpcServices(options: GrpcBankOptions): ServiceWire {
  const client = grpcClient(options);
  const { Call: method } = declaredServices();
  if (method === undefined) throw new IvrError('INTERNAL', 'the proto has no method', {});
  return {
    async send({ service, args, key }, signal) {
      const request = { service, arguments: args };
      const reply = await client.call(method, { operation: service, request, key }, signal);
      return reply.outcome === 'answered'
        ? { outcome: 'answered', body: (reply.body as { readonly values?: unknown }).values }
        : reply;
    },
    [Symbol.asyncDispose]() {
      client.close();
      return Promise.resolve();
    },
  };
}
