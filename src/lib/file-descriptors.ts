import { readdir, readFile } from 'node:fs/promises';
import { systemCode } from '../domain/error.ts';

/** How many files and sockets the process may still open, as of the last look. */
export interface FileDescriptors extends Disposable {
  /** Infinity where the system does not say. */
  readonly free: number;
  readonly limit: number;
}

const LOOK_EVERY_MS = 1_000;

/** Looks every second (proc(5)): a process without a free descriptor cannot even look, and so has none. */
export function watchFileDescriptors(): FileDescriptors {
  let free = Infinity;
  let limit = Infinity;
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      limit = limitIn(await readFile('/proc/self/limits', 'utf8'));
      free = Math.max(0, limit - (await readdir('/proc/self/fd')).length);
    } catch (thrown) {
      free = isExhaustion(thrown) ? 0 : Infinity;
    } finally {
      looking = false;
    }
  };
  void look();
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  timer.unref();
  return {
    get free() {
      return free;
    },
    get limit() {
      return limit;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

const limitIn = (text: string): number => Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? Infinity);

/** The process, or the system, may open no more of them. */
export const isExhaustion = (thrown: unknown): boolean => {
  const code = systemCode(thrown);
  return code === 'EMFILE' || code === 'ENFILE';
};
