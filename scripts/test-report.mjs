// What a JSON report of vitest says: the counts of its tests, and what failed with the first lines of its message.
// `node scripts/test-report.mjs REPORT` prints the failures, then `PASSED FAILED`.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';

const MESSAGE_LINES = 12;

/** {passed, failed, failures: sentences}; a file that could not be read counts as one failed test. A missing report throws. */
export function readReport(path) {
  const { testResults, numPassedTests } = JSON.parse(readFileSync(path, 'utf8'));
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [told(file, message)] : [];
    return failed.map((test) => told(`${file}: ${test.fullName}`, test.failureMessages[0] ?? ''));
  });
  return { passed: numPassedTests, failed: failures.length, failures };
}

function told(what, message) {
  const lines = message.split('\n').slice(0, MESSAGE_LINES);
  return [`failed: ${what}`, ...lines.map((line) => `    ${line}`)].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { passed, failed, failures } = readReport(process.argv[2]);
  for (const failure of failures) console.log(failure);
  console.log(`${passed} ${failed}`);
}
