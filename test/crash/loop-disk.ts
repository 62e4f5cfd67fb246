import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/* A disk of its own whose power can be cut: ext4 in a file, mounted by a loop device. */

/** EXT4_IOC_SHUTDOWN with NOLOGFLUSH: what was not synced is lost, and all that follows fails; as xfstests' godown does it. */
const GO_DOWN = `import fcntl, os, struct, sys, time
disk = os.open(sys.argv[1], os.O_RDONLY)
print(time.time())
fcntl.ioctl(disk, 0x8004587D, struct.pack("I", 2))`;

export interface LoopDisk extends Disposable {
  readonly folder: string;
  /** @returns when, by `Date.now()` */
  cutPower(): number;
  /** After a cut, when no process has files of it open: the file system's journal is replayed. */
  powerOn(): void;
}

const run = (program: string, ...args: readonly string[]): void =>
  void execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });

const missing = ['mkfs.ext4', 'python3'].filter(
  (program) => spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status !== 0,
);

/** @returns the disk, or why there can be none here */
export function openLoopDisk(megabytes: number): LoopDisk | string {
  if (process.getuid?.() !== 0) return 'only root can mount a file system';
  if (missing.length > 0) return `Debian packages e2fsprogs and python3 are needed (no ${missing.join(', no ')})`;
  const home = mkdtempSync(join(tmpdir(), 'tellerline-disk-'));
  const [image, folder] = [join(home, 'disk.img'), join(home, 'mounted')];
  const mount = (): void => run('mount', '-o', 'loop', image, folder);
  run('truncate', '-s', `${megabytes}M`, image);
  run('mkfs.ext4', '-q', image);
  mkdirSync(folder);
  try {
    mount();
  } catch {
    rmSync(home, { recursive: true });
    return 'no loop device can be mounted here';
  }
  return {
    folder,
    cutPower: () => 1_000 * Number(execFileSync('python3', ['-c', GO_DOWN, folder], { encoding: 'utf8' })),
    powerOn() {
      run('umount', folder);
      mount();
    },
    [Symbol.dispose]() {
      spawnSync('umount', ['-l', folder]);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
