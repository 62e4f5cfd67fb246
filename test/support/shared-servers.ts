import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, openCluster } from './postgresql.ts';
import { type RunningS3, startS3 } from './start-s3.ts';

/*
 * One PostgreSQL and one S3 store for the whole run, which many files need: each is started for the first who asks (`ask-shared.ts`) and ended with
 * the run. Whoever kills a server, or wants one with other settings, opens one of its own.
 */

export type Question = { readonly want: 'database' | 's3' } | { readonly drop: string };

export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['TELLERLINE_TEST_SERVERS'] !== undefined) return undefined; // once for all projects
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-servers-'));
  let cluster: Promise<Cluster> | undefined;
  let s3: Promise<RunningS3> | undefined;
  const answer = async (question: Question): Promise<unknown> => {
    if ('drop' in question) return (await cluster)?.drop(question.drop);
    if (question.want === 's3') return (await (s3 ??= startS3())).access;
    cluster ??= openCluster(['max_connections = 300']);
    return (await cluster).database();
  };
  const serve = async (socket: Socket): Promise<void> => {
    let asked = '';
    socket.setEncoding('utf8').on('data', (part: string) => (asked += part));
    await once(socket, 'end'); // reading it by iteration would end our side, too
    const reply = await answer(JSON.parse(asked) as Question).then(
      (value) => ({ value }),
      (thrown: unknown) => ({ failed: String(thrown) }),
    );
    socket.end(JSON.stringify(reply));
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined); // a test that was killed
    void serve(socket).catch(() => socket.destroy());
  });
  const path = join(folder, 'asked.sock');
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
