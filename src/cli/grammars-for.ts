import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The folder of a dialplan's grammars: the one that was named, or the first there is beside the dialplan, beside its folder, or here. */
export async function grammarsFor(dialplan: string, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const folder = dirname(dialplan);
  for (const found of [join(folder, 'grammars'), join(folder, '..', 'grammars')])
    if (await isFolder(found)) return found;
  return 'grammars';
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
