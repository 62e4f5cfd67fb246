import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All files below a folder, relative to it, in order; none when it is not there. */
export const filesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
        .sort()
    : [];

/** SHA-256 of the names and contents of files and folders: another one, and what is made of them has to be made again. */
export function hashOf(root, inputs) {
  const hash = createHash('sha256');
  for (const input of inputs) {
    const below = filesInOrSelf(join(root, input));
    for (const file of below) hash.update(`${input}/${file}`).update(readFileSync(join(root, input, file)));
  }
  return hash.digest('hex');
}

function filesInOrSelf(path) {
  try {
    return filesIn(path);
  } catch {
    return ['']; // a file
  }
}
