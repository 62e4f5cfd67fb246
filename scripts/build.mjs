// Compiles src/ to dist/. Runs as npm's `prepare`, as `npm run build` and before the tests.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const root = new URL('..', import.meta.url);
let tsc;
try {
  tsc = createRequire(import.meta.url).resolve('typescript/package.json').replace(/package\.json$/, 'bin/tsc');
} catch {
  if (existsSync(new URL('dist/main.js', root))) process.exit(0); // a production install keeps what was built
  console.error('tellerline: the TypeScript compiler is not installed; run `npm ci` with the development dependencies');
  process.exit(1);
}
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
for (const asset of ['storage/migrations']) {
  const from = new URL(`src/${asset}`, root);
  if (existsSync(from)) cpSync(from, new URL(`dist/${asset}`, root), { recursive: true, filter: (f) => !f.endsWith('.ts') });
}
const main = new URL('dist/main.js', root);
if (existsSync(main)) chmodSync(main, 0o755);
