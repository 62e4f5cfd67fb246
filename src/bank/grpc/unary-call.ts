import {
  type ChannelCredentials,
  Client,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { IvrError } from '../../domain/error.ts';
import { endpointProblem } from '../../lib/endpoint.ts';

/** How a server of the bank's is reached over gRPC. */
export interface GrpcBankOptions {
  /** Such as core.bank.example:443. */
  readonly address: string;
  readonly token: string;
  /** TLS, but for this machine. */
  readonly credentials: ChannelCredentials;
}

export interface UnaryCall {
  /** Of the operation or the service, for errors. */
  readonly operation: string;
  readonly request: object;
  /** Makes a repeat of the same request the same request. */
  readonly key: string | undefined;
}

/** FAILED_PRECONDITION refuses for the reason in its details. */
export type UnaryReply =
  | { readonly outcome: 'answered'; readonly body: unknown }
  | { readonly outcome: 'refused'; readonly because: string };

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
export function grpcClient({ address, token, credentials }: GrpcBankOptions) {
  if (!credentials._isSecure() && endpointProblem(`http://${address}`) !== undefined)
    throw new IvrError('CONFIG_INVALID', 'gRPC to a bank on another machine expects TLS', {});
  const client = new Client(address, credentials, { 'grpc.enable_retries': 0 });
  return {
    /** Rejects with BANK_UNREACHABLE or BANK_REFUSED. */
    call(
      method: MethodDefinition<object, object>,
      { operation, request, key }: UnaryCall,
      signal: AbortSignal,
    ): Promise<UnaryReply> {
      const metadata = new Metadata();
      metadata.set('authorization', `Bearer ${token}`);
      if (key !== undefined) metadata.set('idempotency-key', key);
      return new Promise<UnaryReply>((resolve, reject) => {
        const call = client.makeUnaryRequest(
          method.path,
          method.requestSerialize,
          method.responseDeserialize,
          request,
          metadata,
          (error: ServiceError | null, body: unknown) => {
            signal.removeEventListener('abort', cancel);
            if (error === null) resolve({ outcome: 'answered', body });
            else if (error.code === status.FAILED_PRECONDITION) resolve({ outcome: 'refused', because: error.details });
            else reject(failed(operation, error));
          },
        );
        const cancel = (): void => call.cancel();
        if (signal.aborted) cancel();
        else signal.addEventListener('abort', cancel, { once: true });
      });
    },
    close: () => client.close(),
  };
}

function failed(operation: string, { code }: ServiceError): IvrError {
  const facts = { operation, status: status[code] ?? code };
  return REFUSED.has(code)
    ? new IvrError('BANK_REFUSED', `the bank answered ${facts.status} to ${operation}`, facts)
    : new IvrError('BANK_UNREACHABLE', `the bank answered ${facts.status}`, facts);
}
