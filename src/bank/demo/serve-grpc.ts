import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { IvrError } from '../../domain/error.ts';
import { bankService } from '../grpc/grpc-transport.ts';
import { OPERATION_NAMES, type OperationName } from '../operations.ts';
import type { DemoBank } from './demo-bank.ts';
import { isBearer } from './is-bearer.ts';

/** The demo bank as docs/bank-api.proto says, on this machine alone. */
export async function serveBankGrpc(
  bank: DemoBank,
  token: string,
): Promise<{ readonly address: string } & AsyncDisposable> {
  const server = new Server();
  server.addService(
    bankService(),
    Object.fromEntries(OPERATION_NAMES.map((name) => [name, handler(bank, name, token)])),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]() {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

const handler =
  (bank: DemoBank, name: OperationName, token: string) =>
  (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>): void => {
    if (!isBearer(call.metadata.get('authorization')[0], token)) {
      answer({ code: status.UNAUTHENTICATED, details: '' });
      return;
    }
    const key = call.metadata.get('idempotency-key')[0];
    bank.handle(name, call.request, typeof key === 'string' ? key : undefined).then(
      (result) =>
        result.outcome === 'answered'
          ? answer(null, result.body)
          : answer({ code: status.FAILED_PRECONDITION, details: result.because }),
      (thrown: unknown) => {
        const refused = thrown instanceof IvrError && thrown.code === 'BANK_REFUSED';
        answer({ code: refused ? status.INVALID_ARGUMENT : status.INTERNAL, details: '' });
      },
    );
  };
