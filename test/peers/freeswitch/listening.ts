import { createServer, type Server, type Socket } from 'node:net';

/** Listens on loopback; the port of one who died may be in use for a moment. */
export async function listen(port: number, accept: (socket: Socket) => void): Promise<Server> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const server = createServer(accept);
    const failed = await new Promise<Error | undefined>((resolve) => {
      server.once('error', resolve);
      server.listen(port, '127.0.0.1', () => resolve(undefined));
    });
    if (failed === undefined) return server;
    if (performance.now() > deadline) throw failed;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
