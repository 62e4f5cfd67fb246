import { S3ServiceException } from '@aws-sdk/client-s3';
import { asError, IvrError } from '../../domain/error.ts';

const ABSENT = new Set([
  'NoSuchKey',
  'NoSuchVersion',
  'NotFound',
  'NoSuchObjectLockConfiguration',
  'ObjectLockConfigurationNotFoundError',
]);

/** It is not there; or the store says so with the name given. */
export const isAbsent = (thrown: unknown, also?: string): boolean =>
  thrown instanceof S3ServiceException &&
  (ABSENT.has(thrown.name) || thrown.name === also || (also === undefined && thrown.$metadata.httpStatusCode === 404));

export const isRefused = (thrown: unknown): boolean =>
  thrown instanceof S3ServiceException && thrown.$metadata.httpStatusCode === 403;

/** What a bucket without Object Lock answers to a lock. */
export const refusesLocks = (thrown: unknown): boolean =>
  thrown instanceof S3ServiceException && thrown.name === 'InvalidRequest';

/** What a store answers, or that it does not, as an IvrError: by its name, never with what it sent. */
export async function safely<T>(key: string, work: Promise<T> | (() => Promise<T>)): Promise<T> {
  try {
    return await (typeof work === 'function' ? work() : work);
  } catch (thrown) {
    if (thrown instanceof IvrError || isAbsent(thrown, 'InvalidRange')) throw thrown;
    const cause = asError(thrown).name;
    throw new IvrError('BLOBS_UNREACHABLE', `the S3 store, for ${key}: ${cause}`, { key, cause }, thrown);
  }
}
