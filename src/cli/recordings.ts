import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CheckedCall, checkRecordings } from '../app/check-recordings.ts';
import { archivedIn } from '../app/archived-in.ts';
import { knownSpoolKeys } from '../app/spool-keys.ts';
import { storageOptions } from '../app/storage-options.ts';
import { IvrError, systemCode } from '../domain/error.ts';
import { openJournalStore } from '../journal/open-journal-store.ts';
import { gapsTold } from '../recording/gaps-told.ts';
import { MANIFEST_NAME, parseManifest } from '../recording/manifest.ts';
import { isEncrypted } from '../recording/sealed-folder.ts';
import type { SpoolKeys } from '../recording/spool/spool-keys.ts';
import { verifyRecording } from '../recording/verify-recording.ts';
import { openStorageToRead } from '../storage/open-storage.ts';
import { configured } from './configured.ts';
import type { Command, CommandContext } from './command.ts';
import { plural } from './plural.ts';

/** `tellerline recordings`: re-reads sealed recordings and compares them with their manifests, and with the journal. */
export const recordings: Command = {
  summary: 'verifies sealed recordings by re-reading them, or the recordings of all calls in the journal',
  usage: 'tellerline recordings verify FOLDER… [--config FILE] | tellerline recordings fsck [--config FILE]',
  help: `verify   FOLDER is a recording's folder, or one above it: then all sealed recordings below are verified. Those that wait for the
         archive are encrypted: the key is found by the configuration.
fsck     goes through the answered calls of the journal (storage.file) that have ended, and looks for the
         recording of each in recordings.directory, including what was sealed before recordings were compared with the
         journal, and calls that have no recording at all. It looks into recordings.spill as well. It only reads, and may run beside a
         server. Verified recordings are counted; those that lost audio are
         listed with what is missing.

  verified  every file agrees with the manifest, and the audio with what the journal knows of the call; what is known to be
            missing, and why, is listed as gaps
  FLAWED    every byte is as it was sealed, but the recording lacks a part of the call, or something else was wrong
  DAMAGED   files differ from the manifest, or cannot be read
  MISSING   (fsck) a call that was answered has no recording, nor has the archive one
  waiting   (fsck) the recording is still in the spool: the next start seals it
Exit status: 0 all verified or waiting; 1 one of them is flawed, damaged or missing, or cannot be read; 64 the command is not
understood. Recordings of calls under way are not sealed yet.`,
  async run({ arguments: args, environment, print }) {
    const [verb, ...folders] = args;
    if (verb === 'fsck') return fsck(folders, environment, print);
    if (verb === undefined) throw new IvrError('USAGE', 'expected a command: `verify` or `fsck`');
    if (verb !== 'verify')
      throw new IvrError('USAGE', `there is no \`recordings ${verb}\`; there are \`verify\` and \`fsck\``);
    const { values, positionals } = parseArgs({
      args: folders,
      options: { config: { type: 'string' } },
      allowPositionals: true,
    });
    if (positionals.length === 0) throw new IvrError('USAGE', 'name the folders of the recordings');
    let wrong = 0;
    let keys: Promise<SpoolKeys | undefined> | undefined;
    for (const folder of (await Promise.all(positionals.map(sealedBelow))).flat()) {
      if (await isEncrypted(folder)) keys ??= configured(values.config, environment).then(knownSpoolKeys);
      const { ok, intact, problems, remarks } = await verifyRecording(folder, await keys);
      print(`${ok ? 'verified' : intact ? 'FLAWED  ' : 'DAMAGED '}  ${folder}`);
      const gaps = intact ? await gapsOf(folder) : undefined;
      for (const line of [...problems, ...remarks, ...(gaps === undefined ? [] : [gaps])]) print(`  ${line}`);
      if (!ok) wrong += 1;
    }
    return wrong === 0 ? 0 : 1;
  },
};

const WORDS = {
  verified: 'verified',
  flawed: 'FLAWED  ',
  damaged: 'DAMAGED ',
  missing: 'MISSING ',
  waiting: 'waiting ',
} as const satisfies Record<CheckedCall['verdict'], string>;

async function fsck(
  args: readonly string[],
  environment: CommandContext['environment'],
  print: CommandContext['print'],
): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } });
  const config = await configured(values.config, environment);
  const { directory, spill } = config.recordings;
  await using storage = await openStorageToRead(await storageOptions(config));
  let withGaps = 0;
  const counts = { verified: 0, flawed: 0, damaged: 0, missing: 0, waiting: 0 };
  const places = { recordings: directory, spools: [join(directory, 'spool'), ...(spill === '' ? [] : [spill])] };
  for await (const call of checkRecordings(
    openJournalStore(storage),
    places,
    archivedIn(storage),
    await knownSpoolKeys(config),
  )) {
    counts[call.verdict] += 1;
    if (call.verdict === 'verified') {
      if (call.gaps === undefined) continue;
      withGaps += 1;
    }
    print(`${WORDS[call.verdict]}  call ${call.contact}${call.folder === undefined ? '' : `  ${call.folder}`}`);
    for (const line of [...call.problems, ...(call.gaps === undefined ? [] : [call.gaps])]) print(`  ${line}`);
  }
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const wrong = counts.flawed + counts.damaged + counts.missing;
  const parts = Object.entries(counts).filter(([verdict, count]) => count > 0 || verdict === 'verified');
  const told = parts.map(([verdict, count]) =>
    verdict === 'verified' && withGaps > 0 ? `${count} verified (${withGaps} with gaps)` : `${count} ${verdict}`,
  );
  print(`${plural(total, 'answered call')}: ${told.join(', ')}`);
  return wrong === 0 ? 0 : 1;
}

/** What is missing from a recording whose files agree with its manifest. */
async function gapsOf(folder: string): Promise<string | undefined> {
  const home = /\.(?:wav|json)$/.test(folder) ? dirname(folder) : folder;
  const manifest = parseManifest(await readFile(join(home, MANIFEST_NAME), 'utf8'));
  return 'problem' in manifest ? undefined : gapsTold(manifest.gaps);
}

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
