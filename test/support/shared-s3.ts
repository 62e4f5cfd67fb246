import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { openS3Client } from '../../src/archive/blobs/s3-client.ts';
import { askShared } from './ask-shared.ts';
import type { S3Access } from './start-s3.ts';

export interface S3Server extends S3Access {
  /** A client of its own; closed by whoever asked for it. */
  client(): Promise<S3Client>;
  /** A new bucket. @returns its name */
  bucket(locked: boolean): Promise<string>;
}

/** The run's S3 store; what is a test's own is a bucket. */
export async function sharedS3(): Promise<S3Server> {
  const access = await askShared<S3Access>({ want: 's3' });
  const client = () => openS3Client({ ...access, region: 'us-east-1', caFile: '' });
  return {
    ...access,
    client,
    async bucket(locked) {
      const name = `bucket-${randomUUID()}`;
      const one = await client();
      await one.send(new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: locked }));
      one.destroy();
      return name;
    },
  };
}
