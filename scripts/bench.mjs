// `npm run bench`: the whole product, all parts. `npm run bench -- calls latency`: those parts. `npm run bench -- media`: the
// bench of a module, bench/media.ts. `--quick` shows that it works and not how well. See docs/performance.md.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const parts = ['calls', 'setups', 'archiving', 'latency', 'barge-in', 'memory'];
const modules = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.ts') && file !== 'line.ts')
  .map((file) => file.slice(0, -3));
const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(
    `npm run bench -- [--quick] [--profile] [PART…|MODULE…]\nparts, all when none is named: ${parts.join(', ')}\nmodules: ${modules.join(', ')}\noptions of each and what they measure: docs/performance.md`,
  );
  process.exit();
}
// what follows an option and is a number is its value
const names = args.filter((arg) => !arg.startsWith('--') && !/^\d+(?:\.\d+)?$/.test(arg));
const options = args.filter((arg) => !names.includes(arg));
const unknown = names.filter((name) => !parts.includes(name) && !modules.includes(name));
if (unknown.length > 0) {
  console.error(`bench: there is no ${unknown.join(', ')}; parts: ${parts.join(', ')}; modules: ${modules.join(', ')}`);
  process.exit(64);
}

const run = (file, ...rest) =>
  spawnSync(process.execPath, [file, ...rest], { cwd: root, stdio: 'inherit' }).status ?? 1;
/** Standard output is the bench's alone. */
const prepare = (file, ...rest) =>
  spawnSync(process.execPath, [file, ...rest], { cwd: root, stdio: ['inherit', 2, 'inherit'] }).status ?? 1;
// the product is measured as it is installed; the bench itself is compiled with the sources that it takes from it
for (const name of readdirSync(root)) {
  const [, pid] = /^dist\.bench\.(\d+)$/.exec(name) ?? [];
  if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(root, name), { recursive: true, force: true }); // interrupted
}
const compiled = join(root, `dist.bench.${process.pid}`);
let status = prepare(join(root, 'scripts', 'build.mjs'));
try {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if (status === 0 && existsSync(tsc)) {
    status = prepare(tsc, '-p', 'tsconfig.bench.json', '--outDir', compiled);
  }
  const asked = names.filter((name) => parts.includes(name));
  if (status === 0 && (asked.length > 0 || names.length === 0))
    status = run(
      join(compiled, 'bench', 'line.js'),
      ...args.filter((arg) => options.includes(arg) || parts.includes(arg)),
    );
  for (const name of names.filter((one) => modules.includes(one)))
    if (status === 0) status = run(join(compiled, 'bench', `${name}.js`), ...options);
} finally {
  rmSync(compiled, { recursive: true, force: true });
}
process.exitCode = status;
