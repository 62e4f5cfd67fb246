// Runs before `npm ci` compiles sqlite3: says which Debian package is missing instead of a page of node-gyp output.
import { spawnSync } from 'node:child_process';

const [major, minor] = process.versions.node.split('.').map(Number);
const missing = [];
if (major < 20 || (major === 20 && minor < 19))
  missing.push(`Node.js 20.19 or newer (this is ${process.versions.node})`);
const found = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
for (const [command, debianPackage] of [
  ['gcc', 'gcc'],
  ['g++', 'g++'],
  ['make', 'make'],
  ['python3', 'python3'],
])
  if (!found(command)) missing.push(`${command} (Debian package ${debianPackage})`);
if (missing.length > 0) {
  console.error(
    `tellerline: cannot install, because sqlite3 is compiled here and this is missing:\n  ${missing.join('\n  ')}`,
  );
  console.error('On Debian: apt-get install -y gcc g++ make python3');
  process.exit(1);
}
