import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');
/** Of an object, a key, a row or a file. */
const DELETION =
  /\.delete\(\)|\.remove\(|\bremoveSealedFolder\(|\bdestroySecret\b|\bdestroy\((?:recording|id)|\bunlink\(|\brm\(|delete from/;
const FOLDERS = ['archive', 'app', 'journal', 'recording'];
/** Of the composition roots those that have to do with the archive. */
const CONCERNS = (file: string, text: string): boolean => !file.startsWith('app/') || text.includes('../archive/');

/**
 * Whatever deletes something of a call, and why a legal hold does not have to stop it, or where it is stopped. A file that comes here anew expects an
 * answer to that question, and where it destroys anything of a recording that is kept, the permit of the one gate, `archive/retention/destruction-gate.ts`; `test/archive/under-hold.test.ts` tries each.
 */
const ANSWERS: Readonly<Record<string, string>> = {
  'archive/retention/destroy-recording.ts': 'behind the gate',
  'archive/maintenance/open-destroyer.ts': 'behind the gate: the reaper alone has a destroyer',
  'archive/keys/open-key-store.ts': 'the port that the destroyer uses',
  'archive/keys/mirrored-secrets.ts':
    'the port that the destroyer uses; repair destroys in one copy what the gate has destroyed in the other',
  'archive/keys/secret-log.ts': 'the port that the destroyer uses',
  'archive/blobs/mirrored-blobs.ts': 'the port that the destroyer uses',
  'archive/blobs/file-blobs.ts':
    'the port that the destroyer uses, which refuses what is locked or held; and halves that a crash left',
  'journal/erase-call.ts': 'called behind the gate',
  'archive/retention/open-holds.ts': 'lifts a restriction: more is shown, nothing destroyed',
  'archive/retention/replay-facts.ts': 'lifts a restriction when the index is made anew',
  'archive/maintenance/move-blobs.ts': 'in the new place, what was destroyed in the old one meanwhile',
  'archive/maintenance/copy-blob.ts': 'its own copies on the way',
  'archive/pipeline/archive-recording.ts': 'unfinished work: the archive has it',
  'archive/pipeline/remove-source.ts': 'the sealed folder, after the copy in the archive was read back',
  'archive/index/content-rows.ts': 'texts that are written anew in the same transaction',
  'archive/completeness/reconcile.ts': 'runs of the reconciler, which its reports sum up',
  'archive/search/open-saved-searches.ts': 'a search that somebody saved',
  'app/console-exports.ts': 'bundles that were fetched',
  'app/export-recording.ts': 'a bundle that was not finished',
  'app/console-search.ts': 'a search that somebody saved',
  'app/move-archive.ts': 'search words in the new place, of what was destroyed',
  'journal/ladder-store.ts': 'by age, but for calls under a hold; of one call behind the gate',
  'archive/index/word-rows.ts': 'search words that are written anew in the same transaction',
  'archive/keys/key-store.ts': 'the port that the destroyer uses',
  'recording/former-spool/former-spools.ts': 'the spool of 0.1, once its recording is sealed',
  'recording/seal-recording.ts': 'a folder that could not be put in place; and a call that was never answered',
  'recording/seal-worker.ts': 'a call that was never answered',
  'recording/sealed-folder.ts': 'the port that the destroyer and the archive use',
  'recording/spool/spool-folder.ts': 'segments whose recordings are sealed',
  'journal/write-ahead-log.ts': 'what the database has',
  'journal/journal-spill.ts': 'what the database has',
};

test('whatever deletes anything is known, with the answer to whether a legal hold stops it', () => {
  const deleting = FOLDERS.flatMap((folder) =>
    readdirSync(join(SRC, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file}`)
      .filter((file) => {
        const text = readFileSync(join(SRC, file), 'utf8');
        return DELETION.test(text) && CONCERNS(file, text);
      }),
  );
  expect(deleting.toSorted()).toEqual(Object.keys(ANSWERS).toSorted());
});
