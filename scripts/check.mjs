// `npm run check`: everything that looks at the code without running it.
import { spawnSync } from 'node:child_process';

/** What the compiler found out is kept: the next time it looks at what has changed, and at what that touches. */
const types = (project) => [
  'tsc',
  '--noEmit',
  '--incremental',
  '--tsBuildInfoFile',
  `node_modules/.cache/tellerline-check/${project === '.' ? 'root' : project.replaceAll('/', '-')}.tsbuildinfo`,
  '-p',
  project,
];

const STEPS = [
  ['types', ...types('.')],
  ['types of the verifier', ...types('verify')],
  ['types of the console', ...types('web')],
  ['types of its tests', ...types('test/web')],
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
