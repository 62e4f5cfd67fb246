import type { WasiFile } from './wasi-file.ts';
import type { WasiMemory } from './wasi-memory.ts';

/* The part of WASI preview 1 that a program needs that reads arguments and writes one file. (`node:wasi` crashed Node 20.) */

const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const INVALID = 28;
const NO_ENTRY = 44;
const NO_SPACE = 51;
const NOT_SEEKABLE = 70;

const STANDARD_ERROR = 2;
const FOLDER = 3;
const FILE = 4;
const FILETYPE_CHARACTER_DEVICE = 2;
const FILETYPE_DIRECTORY = 3;
const FILETYPE_REGULAR_FILE = 4;
const ALL_RIGHTS = 0x1fff_ffffn;

const FOLDER_NAME = '/out';
const FILE_NAME = 'speech.wav';

/** The path under which the program reaches the file. */
export const WASI_FILE_PATH = `${FOLDER_NAME}/${FILE_NAME}`;

/** Thrown through the program's code when it ends itself. */
export class WasiExit extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the program ended with status ${status}`);
    this.status = status;
  }
}

const encoder = new TextEncoder();

export function wasiHost(memory: WasiMemory, args: readonly string[], file: WasiFile): WebAssembly.Imports {
  const zeroEnded = args.map((argument) => encoder.encode(`${argument}\0`));

  const host = {
    args_sizes_get(count: number, size: number): number {
      memory.setUint32(count, zeroEnded.length);
      memory.setUint32(
        size,
        zeroEnded.reduce((sum, { length }) => sum + length, 0),
      );
      return SUCCESS;
    },

    args_get(pointers: number, buffer: number): number {
      let at = buffer;
      for (const [i, argument] of zeroEnded.entries()) {
        memory.setUint32(pointers + i * 4, at);
        memory.write(at, argument);
        at += argument.length;
      }
      return SUCCESS;
    },

    clock_time_get(_clock: number, _precision: bigint, time: number): number {
      memory.setUint64(time, BigInt(Date.now()) * 1_000_000n);
      return SUCCESS;
    },

    fd_write(fd: number, vectors: number, count: number, written: number): number {
      let total = 0;
      for (const bytes of memory.vectors(vectors, count)) {
        if (fd === FILE && !file.write(bytes)) return NO_SPACE;
        total += bytes.length; // what it says on its standard streams may quote the text: dropped
      }
      memory.setUint32(written, total);
      return fd === FILE || fd <= STANDARD_ERROR ? SUCCESS : BAD_DESCRIPTOR;
    },

    fd_read(_fd: number, _vectors: number, _count: number, read: number): number {
      memory.setUint32(read, 0); // end of file
      return SUCCESS;
    },

    fd_seek(fd: number, offset: bigint, whence: number, position: number): number {
      if (fd !== FILE) return NOT_SEEKABLE;
      const at = file.seek(Number(offset), whence);
      if (at === undefined) return INVALID;
      memory.setUint64(position, BigInt(at));
      return SUCCESS;
    },

    fd_fdstat_get(fd: number, stat: number): number {
      if (fd > FILE) return BAD_DESCRIPTOR;
      const type = fd === FOLDER ? FILETYPE_DIRECTORY : fd === FILE ? FILETYPE_REGULAR_FILE : FILETYPE_CHARACTER_DEVICE;
      memory.fill(stat, 24, 0);
      memory.setUint8(stat, type);
      memory.setUint64(stat + 8, ALL_RIGHTS);
      memory.setUint64(stat + 16, ALL_RIGHTS);
      return SUCCESS;
    },

    fd_fdstat_set_flags: (): number => SUCCESS,
    fd_close: (): number => SUCCESS,

    fd_prestat_get(fd: number, stat: number): number {
      if (fd !== FOLDER) return BAD_DESCRIPTOR;
      memory.setUint32(stat, 0);
      memory.setUint32(stat + 4, FOLDER_NAME.length);
      return SUCCESS;
    },

    fd_prestat_dir_name(fd: number, path: number, length: number): number {
      if (fd !== FOLDER) return BAD_DESCRIPTOR;
      memory.write(path, encoder.encode(FOLDER_NAME).subarray(0, length));
      return SUCCESS;
    },

    path_open(
      _folder: number,
      _lookup: number,
      path: number,
      length: number,
      _open: number,
      _rights: bigint,
      _inheriting: bigint,
      _flags: number,
      fd: number,
    ): number {
      if (new TextDecoder().decode(memory.bytes(path, length)) !== FILE_NAME) return NO_ENTRY;
      memory.setUint32(fd, FILE);
      return SUCCESS;
    },

    proc_exit(status: number): never {
      throw new WasiExit(status);
    },
  };
  return { wasi_snapshot_preview1: host };
}
