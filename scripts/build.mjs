// Compiles src/ to dist/ and builds the console into dist/web. Runs as npm's `prepare`, as `npm run build` and before the tests. A server or test that runs
// from dist/ meanwhile never sees half a file: each is put in place whole, and only when it changed.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
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
const dist = join(root, 'dist');
const fresh = join(root, `dist.${process.pid}`);
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
const filesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    : [];
const content = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
try {
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh], {
    cwd: root,
    stdio: 'inherit',
  });
  const { buildVerifier } = await import('./build-verifier.mjs');
  await buildVerifier(join(fresh, 'verify'));
  const built = new Set(filesIn(fresh));
  for (const file of built) {
    const [from, to] = [join(fresh, file), join(dist, file)];
    if (content(from) === content(to)) continue;
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
  }
  for (const file of filesIn(dist))
    if (!built.has(file) && !file.startsWith('web/')) rmSync(join(dist, file), { force: true });
  const main = join(dist, 'main.js');
  if (existsSync(main)) chmodSync(main, 0o755);
  process.exitCode = status || buildWeb(root);
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
