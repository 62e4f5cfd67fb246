import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { IvrError, systemCode } from '../domain/error.ts';

/** Keeps second factors: whoever has a copy of the database alone has none of them. */
export interface StaffKey {
  seal(secret: Buffer): string;
  /** @throws IvrError CONFIG_INVALID when another key sealed it */
  open(sealed: string): Buffer;
  /** Of a recovery code, which has 80 random bits: no slow hash is needed. */
  mac(text: string): string;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Reads the key file, or makes it (mode 0600) when it is not there. @throws IvrError CONFIG_INVALID */
export async function openStaffKey(file: string): Promise<StaffKey> {
  try {
    return staffKey((await existing(file)) ?? (await made(file)));
  } catch (thrown) {
    if (thrown instanceof IvrError) throw thrown;
    throw new IvrError(
      'CONFIG_INVALID',
      `cannot read or make the key file ${file} (${systemCode(thrown) ?? 'unknown'}); see staff.key_file`,
      {},
      thrown,
    );
  }
}

export function staffKey(key: Buffer): StaffKey {
  if (key.length !== KEY_BYTES)
    throw new IvrError('CONFIG_INVALID', `the file of staff.key_file does not hold ${KEY_BYTES} bytes in hex`);
  return {
    seal(secret) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
        decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
        return Buffer.concat([
          decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES)),
          decipher.final(),
        ]);
      } catch (thrown) {
        throw new IvrError(
          'CONFIG_INVALID',
          'the second factors were sealed with another key; restore the file of staff.key_file',
          {},
          thrown,
        );
      }
    },
    mac: (text) => createHmac('sha256', key).update(text).digest('base64url'),
  };
}

async function existing(file: string): Promise<Buffer | undefined> {
  try {
    return Buffer.from((await readFile(file, 'utf8')).trim(), 'hex');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** Whole or not at all, and only one is made when two processes begin together. */
async function made(file: string): Promise<Buffer> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.writeFile(`${randomBytes(KEY_BYTES).toString('hex')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(fresh, file).catch((thrown: unknown) => {
      if (systemCode(thrown) !== 'EEXIST') throw thrown;
    });
  } finally {
    await rm(fresh, { force: true });
  }
  return Buffer.from((await readFile(file, 'utf8')).trim(), 'hex');
}
