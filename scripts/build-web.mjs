// Builds the staff console (web/) into dist/web, when anything that it is made of has changed since.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { filesIn, hashOf } from './files-in.mjs';

const INPUTS = [
  'scripts/build-web.mjs',
  'web/src',
  'web/index.html',
  'web/newcomer.html',
  'web/vite.config.ts',
  'web/package.json',
  'package-lock.json',
];

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
  const inputs = hashOf(root, INPUTS);
  const stamp = join(to, 'inputs.sha256');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return 0;
  const fresh = join(root, `dist.web.${process.pid}`);
  try {
    const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn', '--outDir', fresh], {
      cwd: join(root, 'web'),
      stdio: 'inherit',
      // what a test runner has set here would bring React for development: twice the size, half as fast
      env: { ...process.env, NODE_ENV: 'production' },
    });
    if (status !== 0) return status ?? 1;
    writeFileSync(join(fresh, 'inputs.sha256'), inputs);
    // the pages last: they name the files
    const built = filesIn(fresh);
    const order = built.toSorted((a, b) => Number(a.endsWith('.html')) - Number(b.endsWith('.html')));
    for (const file of order) {
      mkdirSync(dirname(join(to, file)), { recursive: true });
      renameSync(join(fresh, file), join(to, file));
    }
    for (const file of filesIn(to)) if (!built.includes(file)) rmSync(join(to, file), { force: true });
    return 0;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
