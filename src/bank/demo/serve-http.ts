import { fastify } from 'fastify';
import { IvrError } from '../../domain/error.ts';
import { OPERATION_NAMES, OPERATIONS } from '../operations.ts';
import type { DemoBank } from './demo-bank.ts';
import { isBearer } from './is-bearer.ts';

export interface ServedBank extends AsyncDisposable {
  readonly url: string;
}

/** The demo bank as docs/bank-api.yaml says, on this machine alone. */
export async function serveBankHttp(bank: DemoBank, token: string, port = 0): Promise<ServedBank> {
  // who keeps a connection open between requests does not keep the server
  const app = fastify({ logger: false, bodyLimit: 100_000, forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    if (!isBearer(request.headers.authorization, token)) await reply.code(401).send({});
  });
  for (const operation of OPERATION_NAMES)
    app.post(OPERATIONS[operation].path, async (request, reply) => {
      const key = request.headers['idempotency-key'];
      try {
        const answer = await bank.handle(operation, request.body, typeof key === 'string' ? key : undefined);
        return answer.outcome === 'answered' ? answer.body : await reply.code(409).send({ because: answer.because });
      } catch (thrown) {
        return await reply.code(thrown instanceof IvrError && thrown.code === 'BANK_REFUSED' ? 400 : 500).send({});
      }
    });
  const url = await app.listen({ host: '127.0.0.1', port });
  return { url, [Symbol.asyncDispose]: () => app.close() };
}
