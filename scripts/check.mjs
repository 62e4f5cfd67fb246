// `npm run check`: everything that looks at the code without running it.
import { spawnSync } from 'node:child_process';

const STEPS = [
  ['types', 'tsc', '--noEmit'],
  ['types of the verifier', 'tsc', '--noEmit', '-p', 'verify'],
  ['types of the console', 'tsc', '--noEmit', '-p', 'web'],
  ['types of its tests', 'tsc', '--noEmit', '-p', 'test/web'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['format', 'biome', 'format', '.'],
  ['unused code', 'knip'],
];
let failed = 0;
for (const [name, command, ...args] of STEPS) {
  const { status } = spawnSync(`node_modules/.bin/${command}`, args, { stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
