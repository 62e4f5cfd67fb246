import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { IvrError } from '../../../domain/error.ts';

export interface ModelFiles {
  readonly encoder: string;
  readonly decoder: string;
}

const PACKAGE = '@moonshine-ai/moonshine-js';

/**
 * Moonshine tiny-en, as its npm package ships it. The package's `exports` hide its files from `require.resolve`, so its
 * folder is looked for where Node would look.
 *
 * @param folders - node_modules folders, nearest first
 * @throws IvrError MODEL_MISSING
 */
export function findModel(
  folders: readonly string[] = createRequire(import.meta.url).resolve.paths(PACKAGE) ?? [],
): ModelFiles {
  for (const folder of folders) {
    const model = join(folder, PACKAGE, 'dist', 'model', 'tiny', 'quantized');
    const files = { encoder: join(model, 'encoder_model.onnx'), decoder: join(model, 'decoder_model_merged.onnx') };
    if (existsSync(files.encoder) && existsSync(files.decoder)) return files;
  }
  const expected = join(folders[0] ?? 'node_modules', PACKAGE, 'dist', 'model', 'tiny', 'quantized');
  throw new IvrError(
    'MODEL_MISSING',
    `the recognizer's model is not in ${expected}: run \`npm ci\`, which brings ${PACKAGE}`,
    { path: expected },
  );
}
