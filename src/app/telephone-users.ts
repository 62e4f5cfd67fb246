import { stat } from 'node:fs/promises';
import { IvrError } from '../domain/error.ts';
import { followFiles } from '../lib/follow-files.ts';
import { replaceFile } from '../lib/place-file.ts';
import { readLines } from '../lib/read-lines.ts';
import { textOf } from '../lib/text-of.ts';
import type { UserSecrets } from '../sip/digest/authenticator.ts';
import { DIGEST_ALGORITHMS, type DigestAlgorithm, secretHash } from '../sip/digest/digest.ts';
import type { RegistrarUsers } from '../sip-server/registrar.ts';

/*
 * The file of those who may register: `name:realm:hash`, as Apache's htdigest writes it, with a second line for SHA-256.
 * There is no password in it, but whoever has a hash can register in that realm.
 */

const LENGTHS: Readonly<Record<DigestAlgorithm, number>> = { MD5: 32, 'SHA-256': 64 };
const NAME = /^[\w.+-]{1,64}$/;

/**
 * Names as they stand before the @ of their addresses.
 *
 * @param realm - `registrar.domain`: lines of other realms are for other servers
 * @throws IvrError CONFIG_INVALID naming the first line that cannot be read
 */
export async function readUsers(file: string, realm: string): Promise<RegistrarUsers> {
  const text = await textOf(file, 'registrar.users_file');
  await refuseOpenFile(file);
  const users: Record<string, Partial<Record<DigestAlgorithm, string>>> = {};
  for (const [n, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [name = '', domain = '', hash = '', ...more] = line.trim().split(':');
    const algorithm = DIGEST_ALGORITHMS.find((each) => LENGTHS[each] === hash.length);
    if (!NAME.test(name) || more.length > 0 || algorithm === undefined || !/^[\da-f]+$/i.test(hash))
      throw new IvrError(
        'CONFIG_INVALID',
        `${file}, line ${n + 1}: expected name:realm:hash, the hash of MD5 or SHA-256 (\`tellerline telephones add\` writes it)`,
      );
    if (domain === realm) (users[name] ??= {})[algorithm] = hash.toLowerCase();
  }
  return users;
}

async function refuseOpenFile(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o007) !== 0)
    throw new IvrError(
      'CONFIG_INVALID',
      `${file} can be read by every user of this machine: chmod 600 it (registrar.users_file)`,
    );
}

/** What stands in the file for a user. */
export const userLines = (name: string, realm: string, secrets: UserSecrets): string =>
  DIGEST_ALGORITHMS.flatMap((algorithm) => {
    const hash = secrets[algorithm];
    return hash === undefined ? [] : [`${name}:${realm}:${hash}\n`];
  }).join('');

export const secretsFor = (name: string, realm: string, password: string): Required<UserSecrets> => ({
  MD5: secretHash('MD5', name, realm, password),
  'SHA-256': secretHash('SHA-256', name, realm, password),
});

export const isUserName = (name: string): boolean => NAME.test(name);

/**
 * Puts another user's lines in the place of those that there are; none removes the user. The file is whole at any moment.
 *
 * @returns whether there was that user
 */
export async function writeUser(file: string, name: string, realm: string, secrets?: UserSecrets): Promise<boolean> {
  const lines = await readLines(file);
  const others = lines.filter((line) => !line.startsWith(`${name}:${realm}:`));
  const text = [...others.map((line) => `${line}\n`), secrets === undefined ? '' : userLines(name, realm, secrets)];
  await replaceFile(file, Buffer.from(text.join('')));
  return others.length < lines.length;
}

interface UsersFollower {
  readonly onUsers: (users: RegistrarUsers) => void;
  readonly onUnusable: (error: Error) => void;
}

/** Reads the file again when it changes. What is wrong is told, and the users before stay. */
export function followUsers(file: string, realm: string, { onUsers, onUnusable }: UsersFollower): Disposable {
  return followFiles([file], () => readUsers(file, realm), onUsers, onUnusable);
}
