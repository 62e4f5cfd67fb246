import { spawnSync } from 'node:child_process';

/** Programs of Debian packages that tests call; `npm test` installs them as root and lists what is skipped elsewhere. */
export type PeerName =
  | 'sipp'
  | 'baresip'
  | 'kamailio'
  | 'espeak-ng'
  | 'text2wave'
  | 'sox'
  | 'strace'
  | 'chromium'
  | 'flac'
  | 'radosgw';

const known = new Map<PeerName, boolean>();

/** For `test.skipIf(!hasPeer('sipp'))`. */
export function hasPeer(name: PeerName): boolean {
  let has = known.get(name);
  if (has === undefined) {
    has = spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0;
    known.set(name, has);
  }
  return has;
}
