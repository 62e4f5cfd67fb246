import { spawnSync } from 'node:child_process';

/** Workers and child processes run the built product, so every test run begins by building it, once for all its projects. */
export function setup(): void {
  if (process.env['TELLERLINE_TEST_BUILT'] === String(process.pid)) return;
  process.env['TELLERLINE_TEST_BUILT'] = String(process.pid);
  const { status } = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  if (status !== 0 && process.env['CI'] === 'true') throw new Error('the build failed, see above');
}
