import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { openS3Client } from '../../src/archive/blobs/s3-client.ts';

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, '../peers/s3-server.sh');

export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** A client of its own; closed by whoever asked for it. */
  client(): Promise<S3Client>;
  /** A new bucket. @returns its name */
  bucket(locked: boolean): Promise<string>;
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

/** A real S3 server with Object Lock (Ceph RGW in memory). It takes 20 s to start: one for all tests of a file. */
export async function openS3Server(): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-s3-'));
  const { stdout } = await run('bash', [SCRIPT, 'start', folder, String(await freePorts())], { timeout: 120_000 });
  const {
    S3_ENDPOINT = '',
    S3_ACCESS_KEY_ID = '',
    S3_SECRET_ACCESS_KEY = '',
  } = Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=', 2)),
  ) as Record<string, string>;
  const client = () =>
    openS3Client({
      endpoint: S3_ENDPOINT,
      region: 'us-east-1',
      accessKey: S3_ACCESS_KEY_ID,
      secretKey: S3_SECRET_ACCESS_KEY,
      caFile: '',
    });
  let buckets = 0;
  return {
    endpoint: S3_ENDPOINT,
    accessKey: S3_ACCESS_KEY_ID,
    secretKey: S3_SECRET_ACCESS_KEY,
    client,
    async bucket(locked) {
      const name = `bucket-${++buckets}`;
      const one = await client();
      await one.send(new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: locked }));
      one.destroy();
      return name;
    },
    async [Symbol.asyncDispose]() {
      await run('bash', [SCRIPT, 'stop', folder]);
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
