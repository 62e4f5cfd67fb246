import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { ExampleSentence } from './engine/intent-jobs.ts';
import type { IntentModel } from './intent-model.ts';

/** Of what is learnt, and how: raised when the same examples come to give another model. */
const VERSION = 'intents-en 1.0.0/1';

/** Models that were learnt before, by what they were learnt from: a folder of files. Nothing in it is needed twice to be right. */
export interface LearntModels {
  read(examples: readonly ExampleSentence[]): Promise<IntentModel | undefined>;
  /** Put in place whole. */
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
      const file = fileOf(examples);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const bytes = serialize(model);
      await writeFile(`${file}.new`, Buffer.concat([digest(bytes), bytes]), { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
  };
}

const DIGEST_BYTES = 32;
const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** Undefined: half written, or another's; it is learnt anew. */
function modelIn(content: Buffer): IntentModel | undefined {
  const bytes = content.subarray(DIGEST_BYTES);
  if (!digest(bytes).equals(content.subarray(0, DIGEST_BYTES))) return undefined;
  // ours: nobody else writes a digest in front
  const model: IntentModel = deserialize(bytes);
  return model;
}
