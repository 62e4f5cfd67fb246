import { S3Client } from '@aws-sdk/client-s3';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { IvrError, systemCode } from '../../domain/error.ts';
import { expectEndpoint } from '../../lib/endpoint.ts';

export interface S3Options {
  /** `https://s3.example.com`; plain HTTP to the loopback alone. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** PEM, of the authority that signed the endpoint's certificate; empty: those that Node.js knows. */
  readonly caFile: string;
}

const CONNECT_MS = 5_000;
const SOCKETS = 32;

/** @throws IvrError CONFIG_INVALID */
export async function openS3Client(options: S3Options): Promise<S3Client> {
  expectEndpoint(options.endpoint, 'the S3 endpoint');
  const ca = options.caFile === '' ? undefined : await readAuthority(options.caFile);
  return new S3Client({
    endpoint: options.endpoint,
    region: options.region,
    forcePathStyle: true,
    credentials: { accessKeyId: options.accessKey, secretAccessKey: options.secretKey },
    // some stores take a wrong checksum and none knows a trailing one; Content-MD5 and reading back do
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      // whatever the environment says: the certificate is verified
      httpsAgent: new Agent({
        keepAlive: true,
        maxSockets: SOCKETS,
        rejectUnauthorized: true,
        ...(ca === undefined ? {} : { ca }),
      }),
      httpAgent: { keepAlive: true, maxSockets: SOCKETS },
    },
  });
}

async function readAuthority(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new IvrError(
      'CONFIG_INVALID',
      `the certificate authority ${file} cannot be read: ${systemCode(thrown) ?? 'unknown'}`,
      { path: file },
      thrown,
    );
  }
}
