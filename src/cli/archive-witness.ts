import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatVerifierKey, parseVerifierKey } from '../app/verifier-key.ts';
import { ed25519Signer } from '../archive/signing/ed25519-signer.ts';
import { openWitness } from '../archive/witness/open-witness.ts';
import { IvrError } from '../domain/error.ts';
import { systemClock } from '../lib/clock.ts';
import { createFile } from '../lib/place-file.ts';
import type { CommandContext } from './command.ts';

interface WitnessFlags {
  readonly folder?: string | undefined;
  readonly name?: string | undefined;
  readonly log?: string | undefined;
  readonly listen?: string | undefined;
  readonly json?: boolean | undefined;
}

/** `tellerline archive witness`: cosigns somebody's log until it is told to stop. @returns the exit status */
export async function archiveWitness(
  { folder, name, log, listen = '127.0.0.1:0', json = false }: WitnessFlags,
  { print, signal, openLogger }: CommandContext,
): Promise<number> {
  if (folder === undefined || name === undefined || log === undefined)
    throw new IvrError(
      'USAGE',
      'a witness needs --folder for its state, a --name, and the --log key that `archive doctor` shows',
    );
  const key = await parseVerifierKey(log, 'log');
  if (key === undefined)
    throw new IvrError('USAGE', '--log expects the key that `archive doctor` shows: name+id+base64');
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(listen) ?? [];
  if (host === '') throw new IvrError('USAGE', '--listen expects an address and a port, such as 127.0.0.1:8090');
  const signer = ed25519Signer(createPrivateKey(await ownKey(folder)));
  const options = { folder, name, signer, logs: [key], host, port: Number(port) };
  await using witness = await openWitness(options, systemClock, openLogger('info'));
  const own = await formatVerifierKey(witness.key, 'witness');
  if (json) print(JSON.stringify({ url: witness.url, witnessKey: own }));
  else {
    print(`witness at ${witness.url}`);
    print(`archive.witness_key: ${own}`);
  }
  if (!signal.aborted) await once(signal, 'abort');
  return 0;
}

/** Made at the first start; whoever loses it is another witness. */
async function ownKey(folder: string): Promise<string> {
  const path = join(folder, 'witness.key');
  const { privateKey } = generateKeyPairSync('ed25519');
  await createFile(path, Buffer.from(String(privateKey.export({ type: 'pkcs8', format: 'pem' }))));
  return readFile(path, 'utf8');
}
