import { readFile } from 'node:fs/promises';
import { IvrError, systemCode } from '../domain/error.ts';

/** A line break would end the command that carries it, and drachtio's protocol parts its fields with '|'. */
const PLAIN = /^[\x21-\x7b\x7d\x7e]+$/;

/** @throws IvrError CONFIG_INVALID when its file cannot be read or is empty */
export async function secretOf(
  section: string,
  { secret, secret_file: file }: { readonly secret: string; readonly secret_file: string },
): Promise<string> {
  if (file === '') return secret;
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new IvrError(
      'CONFIG_INVALID',
      `${section}.secret_file: ${file} cannot be read (${systemCode(thrown) ?? 'unknown'})`,
      {},
      thrown,
    );
  });
  const read = text.trim();
  if (!PLAIN.test(read))
    throw new IvrError(
      'CONFIG_INVALID',
      `${section}.secret_file: ${file} expects one line of printable ASCII without spaces and '|'`,
    );
  return read;
}
