import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, '../peers/s3-server.sh');

export interface S3Access {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface RunningS3 extends AsyncDisposable {
  readonly access: S3Access;
}

/** Three ports in a row that nobody has. */
async function freePorts(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 40_000);
    const free = await Promise.all([port, port + 1, port + 2].map(isFree));
    if (free.every(Boolean)) return port;
  }
}
const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** A real S3 server with Object Lock (Ceph RGW in memory). It takes 20 s to start. */
export async function startS3(): Promise<RunningS3> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-s3-'));
  const { stdout } = await run('bash', [SCRIPT, 'start', folder, String(await freePorts())], { timeout: 120_000 });
  const {
    S3_ENDPOINT: endpoint = '',
    S3_ACCESS_KEY_ID: accessKey = '',
    S3_SECRET_ACCESS_KEY: secretKey = '',
  } = Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=', 2)),
  ) as Record<string, string>;
  return {
    access: { endpoint, accessKey, secretKey },
    async [Symbol.asyncDispose]() {
      await run('bash', [SCRIPT, 'stop', folder]);
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
