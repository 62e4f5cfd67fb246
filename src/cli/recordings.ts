import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { IvrError, systemCode } from '../domain/error.ts';
import { MANIFEST_NAME } from '../recording/manifest.ts';
import { verifyRecording } from '../recording/verify-recording.ts';
import type { Command } from './command.ts';

/** `tellerline recordings verify PATH…`: re-reads sealed recordings and compares them with their manifests. */
export const recordings: Command = {
  summary: 'verifies sealed recordings by re-reading them',
  usage: 'tellerline recordings verify FOLDER…',
  help: `FOLDER is a recording's folder, or one above it: then all sealed recordings below are verified.
  verified  every file agrees with the manifest
  FLAWED    every byte is as it was sealed, but something was wrong with the recording already then
  DAMAGED   files differ from the manifest, or cannot be read
Exit status 1 when one of them is flawed or damaged. Recordings of calls under way are not sealed yet.`,
  async run({ arguments: args, print }) {
    const [verb, ...folders] = args;
    if (verb !== 'verify') throw new IvrError('USAGE', `there is no \`recordings ${verb ?? ''}\`; there is \`verify\``);
    if (folders.length === 0) throw new IvrError('USAGE', 'which recordings? Name their folders');
    let wrong = 0;
    for (const folder of (await Promise.all(folders.map(sealedBelow))).flat()) {
      const { ok, intact, problems, remarks } = await verifyRecording(folder);
      print(`${ok ? 'verified' : intact ? 'FLAWED  ' : 'DAMAGED '}  ${folder}`);
      for (const line of [...problems, ...remarks]) print(`  ${line}`);
      if (!ok) wrong += 1;
    }
    return wrong === 0 ? 0 : 1;
  },
};

/** @throws IvrError RECORDING_NOT_FOUND */
async function sealedBelow(path: string): Promise<readonly string[]> {
  if (/\.(?:wav|json)$/.test(path)) return [path];
  try {
    const names = await readdir(path);
    // a folder with audio and no manifest is a recording that lost it: let the verification say so
    if (names.some((name) => name === MANIFEST_NAME || name.endsWith('.wav'))) return [path];
    const below = await readdir(path, { recursive: true });
    const found = below.filter((name) => basename(name) === MANIFEST_NAME).map((name) => join(path, dirname(name)));
    if (found.length > 0) return found.toSorted();
  } catch (thrown) {
    throw new IvrError(
      'RECORDING_NOT_FOUND',
      `cannot read ${path} (${systemCode(thrown) ?? 'unknown'}); check the path`,
      {},
      thrown,
    );
  }
  throw new IvrError('RECORDING_NOT_FOUND', `there is no sealed recording in ${path}`);
}
