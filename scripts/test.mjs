// `npm test`: installs the Debian packages that only tests need (as root; elsewhere says what is skipped without them),
// then runs everything. Arguments go to vitest, except `--changed` and `--changed=REVISION`: what the uncommitted change touches, or that and
// all since a revision.
import { spawnSync } from 'node:child_process';
import { testsTouchedBy } from './changed-tests.mjs';

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

/** Vitest's own `--changed` follows imports: it misses what is started as a process or thread, and takes the whole product for part of everything. */
function withoutChanged(args) {
  const flag = args.find((arg) => /^--changed(?:=|$)/.test(arg));
  if (flag === undefined) return args;
  const git = (...words) => {
    const { status, stdout, stderr } = spawnSync('git', words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`);
    return stdout.split('\0').filter((path) => path !== '');
  };
  const since = flag.slice('--changed='.length) || 'HEAD';
  const changed = [
    ...git('diff', '--name-only', '--no-renames', '-z', since),
    ...git('ls-files', '--others', '--exclude-standard', '-z'),
  ];
  const tests = testsTouchedBy(process.cwd(), changed);
  console.log(
    `${changed.length} changed files touch ${tests === undefined ? 'all tests' : `${tests.length} test files`}`,
  );
  if (tests?.length === 0) process.exit(0);
  return [...args.filter((arg) => arg !== flag), ...(tests ?? [])];
}
const args = withoutChanged(process.argv.slice(2));

const wanted = missing();
if (wanted.length > 0 && process.getuid?.() === 0 && found('apt-get')) {
  const packages = wanted.map(([, name]) => name);
  if (packages.includes('festival')) packages.push('festvox-kallpc16k');
  if (packages.includes('radosgw')) packages.push('ceph-mon', 'ceph-osd', 'ceph-common');
  console.log(`installing what only tests need: ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...words) =>
    spawnSync('apt-get', ['-qq', ...words], { stdio: ['ignore', 'ignore', 'inherit'], env, timeout: 600_000 });
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
}
const skipped = missing();
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args], {
  stdio: 'inherit',
});
for (const [command, name] of skipped)
  console.log(`skipped: tests with ${command} (install the Debian package ${name})`);
if (!process.env.TELLERLINE_TEST_DATA)
  console.log('skipped: tests on recorded speech and captures (set TELLERLINE_TEST_DATA to the folder that has them)');
process.exit(status ?? 1);
