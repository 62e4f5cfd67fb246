import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { replaceFile } from '../lib/place-file.ts';
import type { ExampleSentence } from './engine/intent-jobs.ts';
import type { IntentModel } from './intent-model.ts';

/** Of what is learnt, and how: raised when the same examples come to give another model. */
const VERSION = 'intents-en 1.0.0/1';

/** The oldest of more are removed: every change of a dialplan leaves one behind. */
const MOST_KEPT = 200;
/** What is being written, by this process or another, is not touched: a crash leaves it for good. */
const LEFT_BEHIND_MS = 3_600_000;

/** Models that were learnt before, by what they were learnt from: a folder of files. Nothing in it is needed twice to be right. */
export interface LearntModels {
  /** Undefined: there is none, or one that cannot be read. */
  read(examples: readonly ExampleSentence[]): Promise<IntentModel | undefined>;
  /** Put in place whole, whoever else writes it at the same time. */
  write(examples: readonly ExampleSentence[], model: IntentModel): Promise<void>;
}

export function openLearntModels(folder: string): LearntModels {
  const fileOf = (examples: readonly ExampleSentence[]): string =>
    join(
      folder,
      `${createHash('sha256')
        .update(JSON.stringify([VERSION, examples]))
        .digest('hex')}.bin`,
    );
  return {
    async read(examples) {
      const content = await readFile(fileOf(examples)).catch(() => undefined);
      return content === undefined ? undefined : modelIn(content);
    },
    async write(examples, model) {
      const bytes = serialize(model);
      await replaceFile(fileOf(examples), Buffer.concat([digest(bytes), bytes]));
      await sweep(folder);
    },
  };
}

async function sweep(folder: string): Promise<void> {
  const found: { readonly path: string; readonly written: number }[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const written = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (written === undefined) continue;
    if (name.endsWith('.bin')) found.push({ path, written });
    else if (name.endsWith('.new') && Date.now() - written > LEFT_BEHIND_MS) await rm(path, { force: true });
  }
  found.sort((one, other) => other.written - one.written);
  for (const { path } of found.slice(MOST_KEPT)) await rm(path, { force: true });
}

const DIGEST_BYTES = 32;
const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** Undefined: half written, or by a later version of Node.js; it is learnt anew. */
function modelIn(content: Buffer): IntentModel | undefined {
  const bytes = content.subarray(DIGEST_BYTES);
  if (!digest(bytes).equals(content.subarray(0, DIGEST_BYTES))) return undefined;
  try {
    // ours: nobody else writes a digest in front
    const model: IntentModel = deserialize(bytes);
    return model;
  } catch {
    return undefined;
  }
}
