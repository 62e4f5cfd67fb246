import { randomBytes } from 'node:crypto';
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

/** The token of `Authorization: Bearer …` (RFC 6750 section 2.1). */
export const bearerOf = (header: string | undefined): string | undefined =>
  /^Bearer +([^ ]+)$/i.exec(header ?? '')?.[1];

/** The password of `Authorization: Basic …` (RFC 7617): what a browser asks people for. Any user will do. */
export function basicPassword(header: string | undefined): string | undefined {
  const given = /^Basic +([^ ]+)$/i.exec(header ?? '')?.[1];
  if (given === undefined) return undefined;
  const pair = Buffer.from(given, 'base64').toString('utf8');
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined;
}
