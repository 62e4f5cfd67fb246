import type { SpoolDisk } from './spool-disk.ts';
import type { SpoolSegment } from './spool-segment.ts';

/** What a segment of an earlier process holds. */
export interface FoundSegment {
  /** Of its file. */
  readonly name: string;
  /** It lies in the spill. */
  readonly spilled: boolean;
  /** Recordings that have records in it, and those that it says are released. */
  readonly recordings: readonly string[];
  readonly released: readonly string[];
}

/** A segment's file, for as long as it is there. */
export interface KeptSegment {
  readonly name: string;
  disk: SpoolDisk;
  /** Written by this recorder, and so held open. */
  readonly segment: SpoolSegment | undefined;
  /** It takes no more records. */
  closed: boolean;
  /** Recordings with records in it that are still needed; and those that it says are released. */
  readonly needed: Set<string>;
  readonly released: Set<string>;
}

/** A segment that this process writes, or has written. */
export type WrittenSegment = KeptSegment & { readonly segment: SpoolSegment };

/**
 * Which segments are there, and what for. A segment may go when everything in it is released, but not before all segments
 * that hold records of a recording whose release it records: without that they would be taken for a recording that waits.
 */
export class SpoolCatalogue {
  /** In the order of their making. */
  readonly #segments = new Set<KeptSegment>();
  readonly #holding = new Map<string, Set<KeptSegment>>();

  get segments(): readonly KeptSegment[] {
    return [...this.#segments];
  }

  add(segment: SpoolSegment): KeptSegment & { readonly segment: SpoolSegment } {
    return this.#keep({ name: segment.name, disk: segment.disk, segment, closed: false });
  }

  adopt(found: FoundSegment, disk: SpoolDisk): void {
    const kept = this.#keep({ name: found.name, disk, segment: undefined, closed: true });
    for (const recording of found.recordings) this.note(kept, recording);
    for (const recording of found.released) this.release(kept, recording);
  }

  /** The segment holds, or may hold, records of the recording. */
  note(kept: KeptSegment, recording: string): void {
    const holding = this.#holding.get(recording) ?? new Set();
    if (holding.has(kept)) return;
    this.#holding.set(recording, holding.add(kept));
    if (!this.#isReleased(recording)) kept.needed.add(recording);
  }

  /** A durable record of this segment says so. */
  release(kept: KeptSegment, recording: string): void {
    kept.released.add(recording);
    for (const each of this.#holding.get(recording) ?? []) each.needed.delete(recording);
  }

  /** Released recordings that this segment vouches for, and that segments other than these hold. */
  vouchedFor(these: readonly KeptSegment[]): readonly string[] {
    const among = new Set(these);
    const vouched = new Set(these.flatMap(({ released }) => [...released]));
    return [...vouched].filter((recording) =>
      [...(this.#holding.get(recording) ?? [])].some((holding) => !among.has(holding)),
    );
  }

  /**
   * Whether one that still takes records holds what this one says is released. Such a one is not compacted: the two could come to vouch for
   * each other, and neither could ever go.
   */
  vouchesForOpen(kept: KeptSegment): boolean {
    for (const recording of kept.released)
      for (const holding of this.#holding.get(recording) ?? []) if (!holding.closed) return true;
    return false;
  }

  /** All that is needed of it lies elsewhere, and others vouch for these. It still goes after those that it alone vouches for. */
  emptied(kept: KeptSegment, vouchedFor: readonly string[]): void {
    kept.needed.clear();
    for (const recording of vouchedFor) kept.released.delete(recording);
  }

  forget(kept: KeptSegment): void {
    this.#segments.delete(kept);
    for (const [recording, holding] of this.#holding) {
      holding.delete(kept);
      if (holding.size === 0) this.#holding.delete(recording);
    }
  }

  /** The next that may go, the oldest first. */
  removable(): KeptSegment | undefined {
    for (const kept of this.#segments) if (kept.closed && kept.needed.size === 0 && !this.#vouches(kept)) return kept;
    return undefined;
  }

  /** Whether others hold what this one says is released. */
  #vouches(kept: KeptSegment): boolean {
    for (const recording of kept.released)
      for (const holding of this.#holding.get(recording) ?? []) if (holding !== kept) return true;
    return false;
  }

  #isReleased(recording: string): boolean {
    for (const kept of this.#segments) if (kept.released.has(recording)) return true;
    return false;
  }

  #keep<T extends Omit<KeptSegment, 'needed' | 'released'>>(kept: T): T & KeptSegment {
    const made = { ...kept, needed: new Set<string>(), released: new Set<string>() };
    this.#segments.add(made);
    return made;
  }
}
