import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { IvrError } from '../../domain/error.ts';
import type { BankTransport } from '../bank-transport.ts';
import { type Refusal, REFUSALS } from '../operations.ts';
import { PACKAGE, protoJson, SERVICE } from './bank-proto.ts';
import { type GrpcBankOptions, grpcClient } from './unary-call.ts';

/* ADAPTER: the bank over gRPC as docs/bank-api.proto says. */

/** The service, for clients and servers. */
export function bankService(): ServiceDefinition {
  const definition = fromJSON(protoJson(), {
    keepCase: true,
    longs: Number,
    defaults: true,
    arrays: true,
  });
  return definition[`${PACKAGE}.${SERVICE}`] as ServiceDefinition;
}

/** @throws IvrError CONFIG_INVALID: the token and customers' data go over TLS, or not at all */
export function grpcTransport(options: GrpcBankOptions): BankTransport {
  const client = grpcClient(options);
  const service = bankService();
  return {
    async send(operation, request, key, signal) {
      const method = service[operation];
      if (method === undefined) throw new IvrError('INTERNAL', `the proto has no ${operation}`, { operation });
      const reply = await client.call(method, { operation, request, key }, signal);
      if (reply.outcome === 'answered') return reply;
      const because = REFUSALS.find((one): one is Refusal => one === reply.because);
      if (because !== undefined) return { outcome: 'refused', because };
      throw new IvrError('BANK_ANSWER_INVALID', 'the bank refused for a reason that its contract does not list', {
        operation,
        status: 'FAILED_PRECONDITION',
      });
    },
    [Symbol.asyncDispose]() {
      client.close();
      return Promise.resolve();
    },
  };
}
