import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Faults of a disk, made by a library that is preloaded into the process under test (fault-shim.c): system calls on the files
 * below a folder fail. The process and the test share a control file, so that the test arms it at any moment.
 */

/**
 * Of the calls that a mode counts the `at`th: `io-error` fails with EIO, `no-space` with ENOSPC; `short-write` writes half of it;
 * `lost-pages` is a sync that fails, after which what was written since the last one is gone; `kill` is the end of the process.
 * From the `at`th on: `dead` fails all with EIO, `full` all that need room with ENOSPC.
 */
export const FAULT_MODES = [
  'none',
  'io-error',
  'no-space',
  'short-write',
  'lost-pages',
  'kill',
  'dead',
  'full',
] as const;
export type FaultMode = (typeof FAULT_MODES)[number];

export interface FaultShim extends Disposable {
  /** For the process under test. */
  readonly environment: Readonly<Record<string, string>>;
  readonly controlFile: string;
  arm(mode: FaultMode, at?: number): void;
  /** @returns calls of the mode since it was armed, how many failed, and the first of these */
  disarm(): { readonly seen: number; readonly fired: number; readonly what: string };
}

const CONTROL_BYTES = 256;
const HEAD_BYTES = 16;

/** Why there can be no shim here; undefined: there can. */
export const faultShimMissing: string | undefined =
  process.platform !== 'linux'
    ? 'faults are injected on Linux only'
    : spawnSync('sh', ['-c', 'command -v gcc'], { stdio: 'ignore' }).status === 0
      ? undefined
      : 'Debian package gcc is not installed';

let library: string | undefined;

/** Compiled once for each process. */
function compiled(): string {
  if (library !== undefined) return library;
  const folder = join(tmpdir(), 'tellerline-test-fault-shim');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `fault-shim-${process.pid}.so`);
  const source = fileURLToPath(new URL('fault-shim.c', import.meta.url));
  execFileSync('gcc', [
    '-O1',
    '-Wall',
    '-Werror',
    '-shared',
    '-fPIC',
    '-o',
    `${path}.new`,
    source,
    '-ldl',
    '-lpthread',
  ]);
  renameSync(`${path}.new`, path);
  return (library = path);
}

/** @param folder - absolute; calls on files below it count */
export function openFaultShim(folder: string): FaultShim {
  const controlFile = join(mkdtempSync(join(tmpdir(), 'tellerline-faults-')), 'control');
  writeFileSync(controlFile, Buffer.alloc(CONTROL_BYTES));
  const file = openSync(controlFile, 'r+');
  return {
    environment: { LD_PRELOAD: compiled(), FAULT_FOLDER: folder, FAULT_CONTROL: controlFile },
    controlFile,
    arm: (mode, at = 1) => void writeSync(file, armed(mode, at), 0, CONTROL_BYTES, 0),
    disarm() {
      const control = Buffer.alloc(CONTROL_BYTES);
      writeSync(file, Buffer.alloc(4), 0, 4, 0);
      readSync(file, control, 0, CONTROL_BYTES, 0);
      return reported(control);
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

function armed(mode: FaultMode, at: number): Buffer {
  const control = Buffer.alloc(CONTROL_BYTES);
  control.writeInt32LE(FAULT_MODES.indexOf(mode), 0);
  control.writeInt32LE(at, 4);
  return control;
}

function reported(control: Buffer): { seen: number; fired: number; what: string } {
  const what = control.subarray(HEAD_BYTES);
  return {
    seen: control.readInt32LE(8),
    fired: control.readInt32LE(12),
    what: what.subarray(0, what.indexOf(0)).toString(),
  };
}
