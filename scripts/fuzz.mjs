// `npm run fuzz`: mutated SIP, SDP, RTP, SRTP, RTCP and STUN (test/fuzz), a minute of each; `-- --minutes 60`: longer. A failure prints its seed and
// its input; `TELLERLINE_TEST_SEED=… npm run fuzz` tries the same inputs again. `npm test` has a bounded run.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 10_000)) {
  console.error('fuzz: --minutes expects a number above 0');
  process.exit(64);
}
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'test/fuzz'], {
  stdio: 'inherit',
  env: { ...process.env, NODE_OPTIONS: '--expose-gc', TELLERLINE_FUZZ_SECONDS: String(minutes * 60) },
});
process.exit(status ?? 1);
