import { readFile, stat } from 'node:fs/promises';
import { IvrError, systemCode } from '../../domain/error.ts';
import type { Verdict } from '../../verify/verdict.ts';
import { type Trust, verifyZip } from '../../verify/verify-bundle.ts';

const LARGEST = 2 ** 31 - 1;

/**
 * Verifies an export bundle on disk with the code that stands in the bundle too (src/verify).
 *
 * @throws IvrError BUNDLE_REFUSED when the file itself cannot be read; what is wrong in it is the verdict
 */
export async function verifyBundle(path: string, trust: Trust = {}): Promise<Verdict> {
  let zip: Uint8Array;
  try {
    if ((await stat(path)).size > LARGEST) throw new Error('larger than 2 GiB');
    zip = await readFile(path);
  } catch (thrown) {
    const why = systemCode(thrown) ?? 'it is larger than 2 GiB';
    throw new IvrError('BUNDLE_REFUSED', `${path} cannot be read: ${why}`, { cause: why }, thrown);
  }
  return verifyZip(zip, trust);
}
