import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDeaths } from './deaths.ts';

/* kill -9 of a server in calls, at moments that are drawn. */

testDeaths({
  name: 'kill -9',
  count: 20,
  personEvery: 4,
  stream: 0,
  folder: join(tmpdir(), 'tellerline-kills-'),
  release: (folder) => rm(folder, { recursive: true, force: true }),
  async die(victim) {
    const at = Date.now();
    victim.kill('SIGKILL');
    await victim.exited;
    return at;
  },
  unknownMs: 0,
});
