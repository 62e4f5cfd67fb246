import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, openCluster } from './postgresql.ts';
import { openS3Server, type S3Server } from './s3-server.ts';

/*
 * Servers that take seconds to start and that many files need: one of each for the whole run, started for the first who asks
 * and ended with the run. Tests ask by `shared-server.ts`; whoever kills a server opens one of its own.
 */

export type Question = { readonly want: 'database' | 's3' } | { readonly drop: string };

export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['TELLERLINE_TEST_SERVERS'] !== undefined) return undefined; // once for all projects
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-servers-'));
  let cluster: Promise<Cluster> | undefined;
  let s3: Promise<S3Server> | undefined;
  const answer = async (question: Question): Promise<unknown> => {
    if ('drop' in question) return (await cluster)?.drop(question.drop);
    if (question.want === 'database') {
      cluster ??= openCluster(['max_connections = 300']);
      return (await cluster).database();
    }
    s3 ??= openS3Server();
    const { endpoint, accessKey, secretKey } = await s3;
    return { endpoint, accessKey, secretKey };
  };
  const serve = async (socket: Socket): Promise<void> => {
    let asked = '';
    socket.setEncoding('utf8').on('data', (part: string) => (asked += part));
    await once(socket, 'end'); // reading it by iteration would end our side, too
    const question = JSON.parse(asked) as Question;
    const reply = await answer(question).then(
      (value) => ({ value }),
      (thrown: unknown) => ({ failed: String(thrown) }),
    );
    socket.end(JSON.stringify(reply));
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined); // a test that was killed
    void serve(socket).catch(() => socket.destroy());
  });
  const path = join(folder, 'servers.sock');
  server.listen(path);
  await once(server, 'listening');
  process.env['TELLERLINE_TEST_SERVERS'] = path;
  return async () => {
    server.close();
    await (await cluster)?.[Symbol.asyncDispose]();
    await (await s3)?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
}
