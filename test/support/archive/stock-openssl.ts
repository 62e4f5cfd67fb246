import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Whether `openssl pkeyutl` takes it for an SM2 signature of signer 1234567812345678.
 *
 * @param spki - of the key, DER
 */
export async function opensslVerifiesSm2(
  message: Uint8Array,
  signature: Uint8Array,
  spki: Uint8Array,
): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'tellerline-openssl-'));
  const file = (name: string): string => join(folder, name);
  try {
    await writeFile(file('message'), message);
    await writeFile(file('signature'), signature);
    await writeFile(file('key'), spki);
    const args = `pkeyutl -verify -in ${file('message')} -sigfile ${file('signature')} -inkey ${file('key')} -keyform DER -pubin -rawin -digest sm3 -pkeyopt distid:1234567812345678`;
    return spawnSync('openssl', args.split(' ')).status === 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
