// Compiles src/ to build/, bundles that into dist/ and builds the console into dist/web; what has not changed since is not made again. Types are not looked at:
// that is `npm run check`. Runs as npm's `prepare`, as `npm run build` and before the tests.
// A server or test that runs from dist/ meanwhile never sees half a file: each is put in place whole, and only when it changed.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWeb } from './build-web.mjs';
import { filesIn, hashOf } from './files-in.mjs';

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
const { bundle } = await import('./bundle.mjs');
const { buildVerifier } = await import('./build-verifier.mjs');

const INPUTS = ['src', 'verify', 'scripts', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
/** What dist/ was made of, and since when (Unix time, ms) each chunk of an earlier build that lies there is not used any more. */
const STAMP = 'build.json';
const DAY_MS = 86_400_000;
const content = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);

/** Shared files first: an entry that is there finds them. The stamp last. @param stays - of what is no longer made, what is kept nevertheless */
function putInPlace(fresh, to, stays) {
  const built = new Set(filesIn(fresh));
  const place = (file) => (file === STAMP ? 2 : Number(!file.startsWith('chunks/')));
  for (const file of [...built].toSorted((a, b) => place(a) - place(b))) {
    const [from, target] = [join(fresh, file), join(to, file)];
    if (content(from) === content(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    renameSync(from, target);
  }
  for (const file of filesIn(to)) if (!built.has(file) && !stays(file)) rmSync(join(to, file), { force: true });
}

const stampOf = () => JSON.parse(content(join(dist, STAMP)) ?? '{}');

/** Their names change with their content: a server that was started from an earlier build may yet load one, so they stay for a day. */
function replacedChunks(before) {
  const made = new Set(filesIn(freshDist));
  const now = Date.now();
  return Object.fromEntries(
    filesIn(dist)
      .filter((file) => file.startsWith('chunks/') && !made.has(file))
      .map((file) => [file, before[file] ?? now])
      .filter(([, since]) => now - since < DAY_MS),
  );
}

async function buildProduct() {
  const inputs = hashOf(root, INPUTS);
  const before = stampOf();
  if (before.inputs === inputs && existsSync(join(modules, 'main.js'))) return 0;
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', freshModules], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) return status ?? 1;
  rmSync(join(dist, STAMP), { force: true }); // where this ends half-way, the next build makes all of it
  putInPlace(freshModules, modules, () => false);
  await bundle(modules, freshDist);
  await buildVerifier(join(freshDist, 'verify'));
  const replaced = replacedChunks(before.replaced ?? {});
  writeFileSync(join(freshDist, STAMP), JSON.stringify({ inputs, replaced }));
  chmodSync(join(freshDist, 'main.js'), 0o755);
  putInPlace(freshDist, dist, (file) => file.startsWith('web/') || file in replaced);
  return 0;
}

try {
  process.exitCode = (await buildProduct()) || buildWeb(root);
} finally {
  for (const folder of [freshModules, freshDist]) rmSync(folder, { recursive: true, force: true });
}
