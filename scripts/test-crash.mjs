// `npm run test:crash`: what kills, power cuts, full and dead disks and failing system calls leave of calls (test/crash). A sample of
// the places where a call may fail; `-- --all`: each of them; `-- --slice=2/6`: the second sixth of them. Other arguments go to vitest.
// Ends with `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readReport } from './test-report.mjs';

const given = process.argv.slice(2);
const slice = given.find((argument) => argument.startsWith('--slice='))?.slice('--slice='.length);
const folder = mkdtempSync(join(tmpdir(), 'tellerline-crash-'));
const report = join(folder, 'report.json');
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...given.filter((argument) => argument !== '--all' && !argument.startsWith('--slice=')),
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, TELLERLINE_TEST_CRASH: slice ?? (given.includes('--all') ? 'all' : 'sampled') },
  },
);
let counts = { passed: 0, failed: 1, failures: ['there is no report: the tests did not run'] };
try {
  counts = readReport(report);
} catch {}
for (const failure of counts.failures) console.log(failure);
rmSync(folder, { recursive: true, force: true });
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(status ?? 1);
