import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { IvrError, systemCode } from '../domain/error.ts';

/** The API's bearer token: read from its file, or made there (mode 0600) at the first start. */
export async function bearerToken(file: string): Promise<string> {
  let token: string;
  try {
    token = (await existing(file)) ?? (await made(file));
  } catch (thrown) {
    throw new IvrError(
      'CONFIG_INVALID',
      `cannot read or make the token file ${file} (${systemCode(thrown) ?? 'unknown'}); see http.token_file`,
      {},
      thrown,
    );
  }
  if (token.length < 16)
    throw new IvrError(
      'CONFIG_INVALID',
      `the token in ${file} is shorter than 16 characters; delete the file and start again`,
    );
  return token;
}

async function existing(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

async function made(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'wx', 0o600);
  try {
    const token = randomBytes(32).toString('base64url');
    await handle.writeFile(`${token}\n`);
    await handle.sync();
    return token;
  } finally {
    await handle.close();
  }
}

/** Compares without telling by its time how much was right. */
export function isBearer(header: string | undefined, token: string): boolean {
  const given = /^Bearer +([^ ]+)$/i.exec(header ?? '')?.[1];
  if (given === undefined) return false;
  return timingSafeEqual(digest(given), digest(token));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
