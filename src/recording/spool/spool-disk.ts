/* PORT to the disk under the spool; the tests put failures behind it. */

export interface SpoolFile {
  /** May write less than all. @returns bytes written */
  write(bytes: Uint8Array, position: number): Promise<number>;
  datasync(): Promise<void>;
  /** Whether the file can still be found by its name: one that was deleted takes writes and syncs as if nothing were. */
  present(): Promise<boolean>;
  /** @returns bytes read; 0 at the end */
  read(into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

export interface SpoolDisk {
  /** A new file; its name is durable before this resolves. */
  create(name: string): Promise<SpoolFile>;
  /** Overwrites the beginning of a file in its place, durably, then removes it. One that is not there is gone already. */
  erase(name: string, head: Uint8Array): Promise<void>;
  /** Gives back the space set aside for a full disk. False when it is gone already. */
  freeReserve(): Promise<boolean>;
}
