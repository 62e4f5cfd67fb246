import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { asError, IvrError } from '../domain/error.ts';

/** Files that are encrypted (AES-256-GCM) under keys in memory alone: when the process ends nobody can open them. */
export interface SealedFiles {
  /** @param write - ends the stream that it is given */
  write<T>(name: string, write: (output: Writable) => Promise<T>): Promise<T>;
  /** @throws IvrError NOT_FOUND; what is read of a file that was changed fails at its end */
  read(name: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  remove(name: string): Promise<void>;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/** @param folder - made, 0700; what an earlier process left in it is noise, and removed */
export async function openSealedFiles(folder: string): Promise<SealedFiles> {
  const keys = new Map<string, { readonly key: Buffer; readonly nonce: Buffer; readonly tag: Buffer }>();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) if (name.endsWith('.sealed')) await rm(join(folder, name));
  const fileOf = (name: string): string => join(folder, `${name}.sealed`);
  return {
    async write(name, write) {
      const [key, nonce] = [randomBytes(KEY_BYTES), randomBytes(NONCE_BYTES)];
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const plain = new PassThrough();
      const [written] = await Promise.all([
        write(plain).catch((thrown: unknown) => {
          plain.destroy(asError(thrown));
          throw thrown;
        }),
        pipeline(plain, cipher, createWriteStream(fileOf(name), { flags: 'wx', mode: 0o600 })),
      ]);
      keys.set(name, { key, nonce, tag: cipher.getAuthTag() });
      return written;
    },
    async *read(name, signal) {
      const secret = keys.get(name);
      if (secret === undefined) throw new IvrError('NOT_FOUND', 'there is no such file');
      const decipher = createDecipheriv('aes-256-gcm', secret.key, secret.nonce).setAuthTag(secret.tag);
      const source = createReadStream(fileOf(name), { signal });
      for await (const piece of source) yield decipher.update(piece as Buffer);
      decipher.final();
    },
    async remove(name) {
      keys.get(name)?.key.fill(0);
      keys.delete(name);
      await rm(fileOf(name), { force: true });
    },
  };
}
