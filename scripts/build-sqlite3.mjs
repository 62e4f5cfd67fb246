// Compiles sqlite3, unless it is there. Runs within `npm ci` (npm's `prepare`, by build.mjs) and in docker/Dockerfile. npm
// itself is told not to (`allowScripts`): the package would first look for a binary elsewhere, and a compiler that is missing
// would show as a page of node-gyp's output. docs/decisions/0004-nothing-is-run-at-install.md
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`tellerline: Node.js 20.19 or newer is needed (this is ${process.versions.node})`);
  process.exit(1);
}
const require = createRequire(import.meta.url);
const folder = dirname(require.resolve('sqlite3/package.json'));
if (existsSync(join(folder, 'build', 'Release', 'node_sqlite3.node'))) process.exit(0);

const found = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
const missing = ['gcc', 'g++', 'make', 'python3'].filter((command) => !found(command));
if (missing.length > 0) {
  console.error(`tellerline: sqlite3 is compiled here, and this is missing: ${missing.join(', ')}`);
  console.error('On Debian: apt-get install -y gcc g++ make python3, then npm ci again');
  process.exit(1);
}
const nodeGyp = process.env.npm_config_node_gyp ?? require.resolve('node-gyp/bin/node-gyp.js');
const { status, stdout, stderr } = spawnSync(process.execPath, [nodeGyp, 'rebuild'], { cwd: folder, encoding: 'utf8' });
if (status !== 0) {
  console.error(`${stdout}\n${stderr}\ntellerline: sqlite3 could not be compiled; what the compiler said is above`);
  process.exit(1);
}
