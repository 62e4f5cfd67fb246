// `npm test`: installs the Debian packages that only tests need (as root; elsewhere says what is skipped without them),
// then runs everything. Arguments go to vitest.
import { spawnSync } from 'node:child_process';

// what the tests call → the Debian package that has it
const PEERS = {
  sipp: 'sip-tester',
  baresip: 'baresip',
  kamailio: 'kamailio',
  'espeak-ng': 'espeak-ng',
  text2wave: 'festival',
  sox: 'sox',
  strace: 'strace',
  chromium: 'chromium',
  pg_ctlcluster: 'postgresql',
  flac: 'flac',
  radosgw: 'radosgw', // an S3 store with Object Lock
};
const found = (command) => spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
const missing = () => Object.entries(PEERS).filter(([command]) => !found(command));

const wanted = missing();
if (wanted.length > 0 && process.getuid?.() === 0 && found('apt-get')) {
  const packages = wanted.map(([, name]) => name);
  if (packages.includes('festival')) packages.push('festvox-kallpc16k');
  if (packages.includes('radosgw')) packages.push('ceph-mon', 'ceph-osd', 'ceph-common');
  console.log(`installing what only tests need: ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env, timeout: 600_000 });
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
}
const skipped = missing();
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const [command, name] of skipped)
  console.log(`skipped: tests with ${command} (install the Debian package ${name})`);
if (!process.env.TELLERLINE_TEST_DATA)
  console.log('skipped: tests on recorded speech and captures (set TELLERLINE_TEST_DATA to the folder that has them)');
process.exit(status ?? 1);
