import { type SpoolDisk, type SpoolFile, segmentName } from '../../src/recording/spool-disk.ts';

export type Operation = 'create' | 'write' | 'sync';
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
      write: async (buffers, position) => {
        const fault = this.#act('write');
        const whole = Buffer.concat(buffers);
        const taken = fault === 'short' ? whole.subarray(0, Math.ceil(whole.length / 2)) : whole;
        const size = Math.max(platter.bytes.length, position + taken.length);
        const bytes = Buffer.alloc(size);
        platter.bytes.copy(bytes);
        taken.copy(bytes, position);
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

  /** By the names that the recorder gives them. */
  segments(recording: string): readonly Platter[] {
    const found: Platter[] = [];
    for (let n = 0; n < 200; n++) {
      const platter = this.files.get(segmentName(recording, n));
      if (platter !== undefined) found.push(platter);
    }
    return found;
  }

  #act(operation: Operation): Fault {
    this.operations.push(operation);
    const fault = this.#fault(operation, this.operations.length);
    if (fault === 'EIO' || fault === 'ENOSPC') throw Object.assign(new Error(fault), { code: fault });
    return fault;
  }
}
