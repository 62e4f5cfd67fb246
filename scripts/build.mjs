// Compiles src/ to build/, bundles that into dist/ and builds the console into dist/web. Runs as npm's `prepare`, as `npm run build` and before the tests.
// A server or test that runs from dist/ meanwhile never sees half a file: each is put in place whole, and only when it changed.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWeb } from './build-web.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
// npm's `prepare` is also the moment to compile what is not JavaScript
if (process.env.npm_lifecycle_event === 'prepare') {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build-sqlite3.mjs')], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
const [modules, dist] = ['build', 'dist'].map((name) => join(root, name));
const [freshModules, freshDist] = ['build', 'dist'].map((name) => join(root, `${name}.${process.pid}`));
let tsc;
try {
  tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace(/package\.json$/, 'bin/tsc');
} catch {
  if (existsSync(join(dist, 'main.js'))) process.exit(0); // a production install keeps what was built
  console.error('tellerline: the TypeScript compiler is not installed; run `npm ci` with the development dependencies');
  process.exit(1);
}
const { bundle, filesIn, hashOfInputs } = await import('./bundle.mjs');
const { buildVerifier } = await import('./build-verifier.mjs');

const DAY_MS = 86_400_000;
const content = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);

/** Shared files first: an entry that is there finds them. @param stays - of what is no longer made, what is kept nevertheless */
function putInPlace(fresh, to, stays) {
  const built = new Set(filesIn(fresh));
  const order = [...built].toSorted((a, b) => Number(b.startsWith('chunks/')) - Number(a.startsWith('chunks/')));
  for (const file of order) {
    const [from, target] = [join(fresh, file), join(to, file)];
    if (content(from) === content(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    renameSync(from, target);
  }
  for (const file of filesIn(to)) if (!built.has(file) && !stays(file)) rmSync(join(to, file), { force: true });
}

/** Their names change with their content: a server that was started from an earlier build may yet load one. */
const isOfToday = (file) =>
  file.startsWith('chunks/') && Date.now() - statSync(join(dist, file)).mtimeMs < DAY_MS;

try {
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', freshModules], {
    cwd: root,
    stdio: 'inherit',
  });
  putInPlace(freshModules, modules, () => false);
  const inputs = hashOfInputs(root, modules);
  const stamp = join(dist, 'inputs.sha256');
  if (content(stamp) !== inputs) {
    await bundle(root, modules, freshDist);
    await buildVerifier(join(freshDist, 'verify'));
    writeFileSync(join(freshDist, 'inputs.sha256'), inputs);
    putInPlace(freshDist, dist, (file) => file.startsWith('web/') || isOfToday(file));
    chmodSync(join(dist, 'main.js'), 0o755);
  }
  process.exitCode = status || buildWeb(root);
} finally {
  for (const folder of [freshModules, freshDist]) rmSync(folder, { recursive: true, force: true });
}
