import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A folder of test data that is not part of the project: recorded speech, spoken digits, captures of real servers.
 * TELLERLINE_TEST_DATA names the folder that has them; undefined without it: what wants them is skipped.
 */
export function testData(name: 'speech' | 'digits' | 'captures'): string | undefined {
  const root = process.env['TELLERLINE_TEST_DATA'];
  if (root === undefined || root === '') return undefined;
  const folder = join(root, name);
  return existsSync(folder) ? folder : undefined;
}
