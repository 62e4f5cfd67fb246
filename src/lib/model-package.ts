import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { IvrError } from '../domain/error.ts';

/** A workspace of the repository that holds weights, and what they must be. */
export interface ModelPackage {
  /** npm name. */
  readonly name: string;
  /** File name → SHA-256 in hex. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * The folder of a model package, after all of its files have been read and found to be the ones that this version was
 * measured with: an altered weight would still load, and misunderstand callers.
 *
 * @param folders - node_modules folders, nearest first
 * @throws IvrError MODEL_MISSING, MODEL_ALTERED
 */
export async function checkedModel(
  { name, files }: ModelPackage,
  folders: readonly string[] = createRequire(import.meta.url).resolve.paths(name) ?? [],
): Promise<string> {
  const folder = folders.map((modules) => join(modules, name)).find((place) => existsSync(place));
  const expected = folder ?? join(folders[0] ?? 'node_modules', name);
  for (const [file, sha256] of Object.entries(files)) {
    const path = join(expected, file);
    if (!existsSync(path))
      throw new IvrError('MODEL_MISSING', `${path} is missing: run \`npm ci\` where models/ of the release lies`, {
        path,
      });
    const found = await sha256Of(path);
    if (found !== sha256)
      throw new IvrError(
        'MODEL_ALTERED',
        `${path} is not the file of this release (SHA-256 ${found}, expected ${sha256}): restore it from the release`,
        { path, expected: sha256, found },
      );
  }
  return dirname(join(expected, 'package.json'));
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
