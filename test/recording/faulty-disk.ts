import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpoolDisk, SpoolFile } from '../../src/recording/spool/spool-disk.ts';

export type Operation = 'create' | 'write' | 'sync' | 'erase';
export type Fault = 'EIO' | 'ENOSPC' | 'short' | undefined;

/** What a disk holds: `durable` outlives a loss of power, `bytes` a crash of the process. */
export interface Platter {
  bytes: Buffer;
  durable: Buffer;
}

/**
 * A disk in memory that fails when told to, in the way disks do: a write may be short, and after a sync that failed the bytes
 * since the last good sync are gone from the platter, though the next sync says that all is well.
 */
export class FaultyDisk implements SpoolDisk {
  readonly files = new Map<string, Platter>();
  /** What was erased: the head that was left, and the rest. */
  readonly erased: Buffer[] = [];
  readonly operations: Operation[] = [];
  readonly #fault: (operation: Operation, n: number) => Fault;
  reserve = false;

  constructor(fault: (operation: Operation, n: number) => Fault) {
    this.#fault = fault;
  }

  freeReserve(): Promise<boolean> {
    const had = this.reserve;
    this.reserve = false;
    return Promise.resolve(had);
  }

  async create(name: string): Promise<SpoolFile> {
    this.#act('create');
    const platter: Platter = { bytes: Buffer.alloc(0), durable: Buffer.alloc(0) };
    this.files.set(name, platter);
    return {
      write: async (whole, position) => {
        const fault = this.#act('write');
        const taken = fault === 'short' ? whole.subarray(0, Math.ceil(whole.length / 2)) : whole;
        const size = Math.max(platter.bytes.length, position + taken.length);
        const bytes = Buffer.alloc(size);
        platter.bytes.copy(bytes);
        bytes.set(taken, position);
        platter.bytes = bytes;
        return taken.length;
      },
      datasync: async () => {
        try {
          this.#act('sync');
        } catch (thrown) {
          platter.bytes = Buffer.concat([platter.durable, Buffer.alloc(platter.bytes.length - platter.durable.length)]);
          throw thrown;
        }
        platter.durable = platter.bytes;
      },
      present: () => Promise.resolve(this.files.get(name) === platter),
      read: (into, position) => Promise.resolve(platter.bytes.copy(into, 0, position)),
      close: () => Promise.resolve(),
    };
  }

  async erase(name: string, head: Uint8Array): Promise<void> {
    this.#act('erase');
    const platter = this.files.get(name);
    if (platter === undefined) return;
    const bytes = Buffer.alloc(Math.max(platter.bytes.length, head.length));
    platter.bytes.copy(bytes);
    bytes.set(head, 0);
    this.erased.push(bytes);
    this.files.delete(name);
  }

  /** What a crash, or a loss of power, leaves in a folder. */
  async leaveIn(folder: string, what: 'bytes' | 'durable'): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const [name, platter] of this.files) await writeFile(join(folder, name), platter[what]);
  }

  #act(operation: Operation): Fault {
    this.operations.push(operation);
    const fault = this.#fault(operation, this.operations.length);
    if (fault === 'EIO' || fault === 'ENOSPC') throw Object.assign(new Error(fault), { code: fault });
    return fault;
  }
}
