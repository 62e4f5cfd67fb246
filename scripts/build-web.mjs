// Builds the staff console (web/) into dist/web, when anything that it is made of has changed since.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const INPUTS = [
  'web/src',
  'web/index.html',
  'web/newcomer.html',
  'web/vite.config.ts',
  'web/package.json',
  'package-lock.json',
];

const filesBelow = (path) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

function hashOf(root) {
  const hash = createHash('sha256');
  for (const input of INPUTS) {
    const path = join(root, input);
    const files = input === 'web/src' ? filesBelow(path).sort() : [path];
    for (const file of files) hash.update(file.slice(root.length)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** @returns the exit status: 0 as well where the console's packages are not installed, which only the build needs */
export function buildWeb(root) {
  const require = createRequire(join(root, 'web', 'package.json'));
  let vite;
  try {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'web', 'package.json'), 'utf8'));
    for (const name of Object.keys(devDependencies))
      if (!require.resolve.paths(name).some((folder) => existsSync(join(folder, name)))) throw new Error(name);
    vite = join(dirname(require.resolve('vite/package.json')), 'bin', 'vite.js');
  } catch {
    console.error('tellerline: the packages of the console are not installed; dist/web stays as it is');
    return 0;
  }
  const to = join(root, 'dist', 'web');
  const inputs = hashOf(root);
  const stamp = join(to, 'inputs.sha256');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return 0;
  const fresh = join(root, `dist.web.${process.pid}`);
  try {
    const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn', '--outDir', fresh], {
      cwd: join(root, 'web'),
      stdio: 'inherit',
    });
    if (status !== 0) return status ?? 1;
    writeFileSync(join(fresh, 'inputs.sha256'), inputs);
    // the pages last: they name the files
    const built = filesBelow(fresh).map((file) => file.slice(fresh.length + 1));
    const order = built.toSorted((a, b) => Number(a.endsWith('.html')) - Number(b.endsWith('.html')));
    for (const file of order) {
      mkdirSync(dirname(join(to, file)), { recursive: true });
      renameSync(join(fresh, file), join(to, file));
    }
    for (const file of filesBelow(to).map((each) => each.slice(to.length + 1)))
      if (!built.includes(file)) rmSync(join(to, file), { force: true });
    return 0;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
