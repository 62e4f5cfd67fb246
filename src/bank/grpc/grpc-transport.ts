import {
  type ChannelCredentials,
  Client,
  Metadata,
  type ServiceDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { IvrError } from '../../domain/error.ts';
import { endpointProblem } from '../../lib/endpoint.ts';
import type { BankTransport, WireAnswer } from '../bank-transport.ts';
import { type OperationName, type Refusal, REFUSALS } from '../operations.ts';
import { PACKAGE, protoJson, SERVICE } from './bank-proto.ts';

/* ADAPTER: the bank over gRPC as docs/bank-api.proto says. */

export interface GrpcBankOptions {
  /** Such as core.bank.example:443. */
  readonly address: string;
  readonly token: string;
  /** TLS, but for this machine. */
  readonly credentials: ChannelCredentials;
}

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

/** The request was understood, and will not be done however often it comes. */
const REFUSED: ReadonlySet<status> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.UNIMPLEMENTED,
  status.OUT_OF_RANGE,
]);

/** @throws IvrError CONFIG_INVALID: the token and customers' data go over TLS, or not at all */
export function grpcTransport({ address, token, credentials }: GrpcBankOptions): BankTransport {
  if (!credentials._isSecure() && endpointProblem(`http://${address}`) !== undefined)
    throw new IvrError('CONFIG_INVALID', 'gRPC to a bank on another machine expects TLS', {});
  const service = bankService();
  const client = new Client(address, credentials, { 'grpc.enable_retries': 0 });
  return {
    send(operation, request, key, signal) {
      const method = service[operation];
      if (method === undefined) throw new IvrError('INTERNAL', `the proto has no ${operation}`, { operation });
      const metadata = new Metadata();
      metadata.set('authorization', `Bearer ${token}`);
      if (key !== undefined) metadata.set('idempotency-key', key);
      return new Promise<WireAnswer>((resolve, reject) => {
        const call = client.makeUnaryRequest(
          method.path,
          method.requestSerialize,
          method.responseDeserialize,
          request,
          metadata,
          (error: ServiceError | null, body: unknown) => {
            signal.removeEventListener('abort', cancel);
            if (error === null) resolve({ outcome: 'answered', body });
            else settle(operation, error, resolve, reject);
          },
        );
        const cancel = (): void => call.cancel();
        if (signal.aborted) cancel();
        else signal.addEventListener('abort', cancel, { once: true });
      });
    },
    [Symbol.asyncDispose]() {
      client.close();
      return Promise.resolve();
    },
  };
}

function settle(
  operation: OperationName,
  { code, details }: ServiceError,
  resolve: (answer: WireAnswer) => void,
  reject: (error: IvrError) => void,
): void {
  const facts = { operation, status: status[code] ?? code };
  const because = REFUSALS.find((one): one is Refusal => one === details);
  if (code === status.FAILED_PRECONDITION && because !== undefined) resolve({ outcome: 'refused', because });
  else if (code === status.FAILED_PRECONDITION)
    reject(new IvrError('BANK_ANSWER_INVALID', 'the bank refused for a reason that its contract does not list', facts));
  else if (REFUSED.has(code))
    reject(new IvrError('BANK_REFUSED', `the bank answered ${facts.status} to ${operation}`, facts));
  else reject(new IvrError('BANK_UNREACHABLE', `the bank answered ${facts.status}`, facts));
}
