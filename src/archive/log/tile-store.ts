import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../domain/error.ts';
import type { HashName } from '../../lib/crypto-profile.ts';
import { replaceFile } from './durable-folder.ts';
import { hashLeaf, hashNode } from './merkle-tree.ts';

/** Hashes of one tile (C2SP tlog-tiles): eight levels of the tree. */
const WIDTH = 256;
const HASH_BYTES = 32;
const CACHED_TILES = 256;

/** Entries by index, to make tiles from. */
export type ReadEntries = (from: number, count: number) => Promise<readonly Uint8Array[]>;

/**
 * The hashes of the tree, in the files of C2SP tlog-tiles: `tile/<level>/<n>`. All of it follows from the entries: a tile
 * that is missing, short or no part of the tile above it is made again. The tiles that are not full yet are in memory.
 */
export class TileStore {
  readonly hash: HashName;
  readonly #folder: string;
  readonly #entries: ReadEntries;
  /** By level, the hashes of the tile that is not full yet, and how many full ones are before it. */
  readonly #growing: { readonly hashes: Buffer[]; full: number }[] = [{ hashes: [], full: 0 }];
  readonly #cache = new Map<string, Buffer>();
  /** Tiles on their way to the disk: the cache may forget them only afterwards. */
  readonly #writing = new Map<string, Buffer>();
  #written: Promise<void> = Promise.resolve();
  #trouble: unknown;

  private constructor(folder: string, entries: ReadEntries, hash: HashName) {
    this.hash = hash;
    this.#folder = folder;
    this.#entries = entries;
  }

  /** @param size - leaves that there are entries of */
  static async open(folder: string, size: number, entries: ReadEntries, hash: HashName): Promise<TileStore> {
    const store = new TileStore(folder, entries, hash);
    for (let level = 0, count = size; level === 0 || count > 0; level++, count = Math.floor(count / WIDTH)) {
      const full = Math.floor(count / WIDTH);
      store.#growing[level] = { hashes: await store.#make(level, full, count % WIDTH), full };
    }
    return store;
  }

  /** The entry becomes the last leaf. */
  push(entry: Uint8Array): void {
    let hash = hashLeaf(entry, this.hash);
    for (let level = 0; ; level++) {
      const growing = (this.#growing[level] ??= { hashes: [], full: 0 });
      growing.hashes.push(hash);
      if (growing.hashes.length < WIDTH) return;
      const tile = Buffer.concat(growing.hashes.splice(0));
      this.#write(level, growing.full, tile);
      growing.full += 1;
      hash = this.#root(tile, 0, WIDTH);
    }
  }

  /** `ReadNode` of merkle-tree.ts. @throws RangeError when the leaves are not all there */
  async node(height: number, index: number): Promise<Uint8Array> {
    const level = Math.floor(height / 8);
    const count = 2 ** (height % 8);
    const first = index * count;
    const [tile, place] = [Math.floor(first / WIDTH), first % WIDTH];
    const growing = this.#growing[level];
    if (growing === undefined || tile > growing.full) throw new RangeError('the log has fewer leaves');
    if (tile < growing.full) return this.#root(await this.#read(level, tile), place, count);
    if (place + count > growing.hashes.length) throw new RangeError('the log has fewer leaves');
    return this.#root(Buffer.concat(growing.hashes), place, count);
  }

  /** All that was handed to the disk is there. @throws what the disk threw since the last time */
  async flush(): Promise<void> {
    await this.#written;
    const trouble = this.#trouble;
    this.#trouble = undefined;
    if (trouble !== undefined) throw trouble;
  }

  async #read(level: number, n: number): Promise<Buffer> {
    const path = tilePath(level, n);
    const known = this.#writing.get(path) ?? this.#cache.get(path);
    if (known !== undefined) return known;
    const stored = await this.#stored(path);
    if (stored !== undefined && this.#root(stored, 0, WIDTH).equals(await this.#parent(level, n))) {
      this.#remember(path, stored);
      return stored;
    }
    const tile = Buffer.concat(await this.#make(level, n, WIDTH));
    this.#write(level, n, tile);
    return tile;
  }

  /** The hash that stands for the tile in the one above it. */
  async #parent(level: number, n: number): Promise<Uint8Array> {
    return this.node((level + 1) * 8, n);
  }

  /** The first `count` hashes of a tile, from what is below it. */
  async #make(level: number, n: number, count: number): Promise<Buffer[]> {
    const first = n * WIDTH;
    if (level === 0)
      return count === 0 ? [] : (await this.#entries(first, count)).map((entry) => hashLeaf(entry, this.hash));
    const hashes: Buffer[] = [];
    for (let below = first; below < first + count; below++) {
      const stored = await this.#stored(tilePath(level - 1, below));
      const tile = stored ?? Buffer.concat(await this.#make(level - 1, below, WIDTH));
      if (stored === undefined) this.#write(level - 1, below, tile);
      hashes.push(this.#root(tile, 0, WIDTH));
    }
    return hashes;
  }

  async #stored(path: string): Promise<Buffer | undefined> {
    try {
      const bytes = await readFile(join(this.#folder, path));
      return bytes.length === WIDTH * HASH_BYTES ? bytes : undefined;
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return undefined;
      throw thrown;
    }
  }

  #write(level: number, n: number, tile: Buffer): void {
    const path = tilePath(level, n);
    this.#writing.set(path, tile);
    this.#written = this.#written
      .then(() => replaceFile(join(this.#folder, path), tile, 'content'))
      .catch((thrown: unknown) => {
        this.#trouble ??= thrown;
      })
      .then(() => {
        this.#writing.delete(path);
        this.#remember(path, tile);
      });
  }

  /** @param count - a power of two */
  #root(tile: Buffer, place: number, count: number): Buffer {
    if (count === 1) return Buffer.from(tile.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES));
    const half = count / 2;
    return hashNode(this.#root(tile, place, half), this.#root(tile, place + half, half), this.hash);
  }

  #remember(path: string, tile: Buffer): void {
    this.#cache.set(path, tile);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > CACHED_TILES && oldest !== undefined) this.#cache.delete(oldest);
  }
}

/** `tile/<level>/<n>`, n in groups of three digits, all but the last with an x before it (C2SP tlog-tiles). */
function tilePath(level: number, n: number): string {
  const groups: string[] = [];
  for (let rest = n; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1000))
    groups.unshift(`${groups.length === 0 ? '' : 'x'}${String(rest % 1000).padStart(3, '0')}`);
  return `tile/${level}/${groups.join('/')}`;
}
