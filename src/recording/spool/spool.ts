import { recordingMs, type SharedMs, sharedMs } from '../../domain/units.ts';
import { IvrError, systemCode } from '../../domain/error.ts';
import type { FoundSegment } from './spool-catalogue.ts';
import { type QueuedRecord, SpoolQueue } from './spool-queue.ts';
import { formatContent } from './spool-record.ts';
import { SpoolSegments, type SpoolSegmentsOptions } from './spool-segments.ts';
import { SpoolSource } from './spool-source.ts';

export interface SpoolOptions extends SpoolSegmentsOptions {
  /** What came is made durable after this time, or at once when somebody waits for it. */
  readonly commitAfterMs: number;
  readonly onTrouble: (code: SpoolTrouble) => void;
}

export type SpoolTrouble = 'DISK_FULL' | 'RECORDINGS_UNWRITABLE';

/** Sealed and written at a time: what has piled up while a disk was away goes in parts. */
const COMMIT_BYTES = 8 << 20;
const RETRY_MS = 1_000;
/** How often it is looked whether the files can still be found, and whether some may go that could not be removed. */
const LOOK_EVERY_MS = 5_000;
/** How often it is looked whether old segments are worth copying forward. */
const COMPACT_EVERY_MS = 5_000;

/**
 * The log of all recordings: records go into a queue, from there in commits to the disk, and leave the queue when a sync has said that
 * they are durable. A failed sync is never repeated, because the kernel may have dropped the pages and the next one would say that all is
 * well (PostgreSQL's fsync panic): a new segment takes everything again from the queue. See docs/decisions/0018-one-spool.md.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #queue = new SpoolQueue();
  readonly #segments: SpoolSegments;
  /** Refuse the recordings that are being opened. */
  readonly #opening = new Set<(trouble: SpoolTrouble) => void>();
  #running: Promise<void> | undefined;
  #urgent = false;
  #troubled: SpoolTrouble | undefined;
  #failures = 0;
  #retryAt = 0;
  #lookAt: SharedMs;
  #looking: Promise<void> | undefined;
  #nextLook: Promise<void> | undefined;
  #onEmpty: (() => void)[] = [];
  /** Removing files, and looking for those that are missing: one after the other, or what is being removed would be missed and written again. */
  #inTurn: Promise<unknown> = Promise.resolve();
  #compacting: Promise<void> | undefined;
  #compactAt: SharedMs;
  /** Recordings that this process began, until they are released. */
  readonly #sources = new Map<string, SpoolSource>();

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#lookAt = sharedMs(options.now() + LOOK_EVERY_MS);
    this.#compactAt = sharedMs(options.now() + COMPACT_EVERY_MS);
    this.#segments = new SpoolSegments({
      ...options,
      onSpill: () => {
        this.#refuse('RECORDINGS_UNWRITABLE');
        options.onSpill?.();
      },
    });
  }

  get trouble(): SpoolTrouble | undefined {
    return this.#troubled;
  }

  /** How long the oldest record has waited to become durable. */
  oldestUnsyncedMs(now: SharedMs): number {
    return now - (this.#queue.oldest ?? now);
  }

  /** Of each recording that waits, when its oldest record came. */
  oldestOf(): ReadonlyMap<SpoolSource, number> {
    return this.#queue.oldestOf();
  }

  append(record: QueuedRecord): void {
    this.#queue.push(record);
  }

  /** Without waiting for the next commit. */
  appendNow(record: QueuedRecord): void {
    this.#queue.push(record);
    this.#urgent = true;
    this.#start();
  }

  /**
   * The first record of a recording, durable on the spool's own disk when this resolves.
   *
   * @throws IvrError DISK_FULL, RECORDINGS_UNWRITABLE
   */
  async open(source: SpoolSource): Promise<void> {
    const refused = (trouble: SpoolTrouble): IvrError =>
      new IvrError(trouble, 'the spool takes no new recording', { recording: source.recording });
    if (this.#troubled !== undefined) throw refused(this.#troubled);
    if (this.#segments.spilled) throw refused('RECORDINGS_UNWRITABLE');
    const content = source.opened ?? Buffer.alloc(0);
    this.#sources.set(source.recording, source);
    let refuse: (trouble: SpoolTrouble) => void = () => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        refuse = (trouble) => reject(refused(trouble));
        this.#opening.add(refuse);
        this.appendNow({ source, type: 'opened', content, since: this.#options.now(), onDurable: resolve });
      });
    } catch (thrown) {
      this.#sources.delete(source.recording);
      this.append(this.#releaseOf(source.recording));
      throw thrown;
    } finally {
      this.#opening.delete(refuse);
    }
  }

  /** Nothing of the recording is needed any more. Resolves when that is durable, and what may go is gone. */
  async release(recording: string): Promise<void> {
    await new Promise<void>((resolve) => {
      this.appendNow({ ...this.#releaseOf(recording), onDurable: resolve });
    });
    this.#sources.delete(recording);
    await this.#running;
    await this.#sweep();
  }

  /** Segments that an earlier process left: they go as their recordings are released. */
  async adopt(found: readonly FoundSegment[]): Promise<void> {
    this.#segments.adopt(found);
    await this.#sweep();
  }

  /** To be called every 50 ms or so. */
  tick(): void {
    this.#start();
    this.#segments.tryHome();
    this.#compact();
    if (this.#options.now() < this.#lookAt) return;
    void this.look().catch(() => undefined);
    void this.#sweep();
  }

  /**
   * Looks whether all files can be found. One that somebody deleted took writes and syncs as if all were well; it is written again.
   *
   * @throws IvrError RECORDINGS_UNWRITABLE: no disk takes it now
   */
  look(): Promise<void> {
    this.#lookAt = sharedMs(this.#options.now() + LOOK_EVERY_MS);
    if (this.#looking === undefined) {
      this.#looking = this.#inTurnWith(() => this.#lookAtAll()).finally(() => {
        this.#looking = this.#nextLook = undefined;
      });
      return this.#looking;
    }
    // one that began before may have passed by already
    const again = (): Promise<void> => this.look();
    return (this.#nextLook ??= this.#looking.then(again, again));
  }

  /** Resolves when all that was appended is durable and can be found. @throws as `look` */
  async drain(): Promise<void> {
    await this.look().catch(() => undefined);
    this.#urgent = true;
    this.#start();
    if (!this.#queue.empty) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    await this.look();
  }

  /** Files stay as they are. */
  async close(): Promise<void> {
    await this.#running;
    await this.#compacting;
    await this.#inTurn;
    this.#segments.close();
  }

  /** Makes durable what waits long enough, or is waited for. One commit at a time. */
  #start(): void {
    if (this.#running !== undefined || !this.#due()) return;
    // what is appended in the same turn goes into the same commit
    this.#running = Promise.resolve()
      .then(() => this.#commitAll())
      .finally(() => {
        this.#running = undefined;
        this.#start(); // for what came after the last look
      });
  }

  #due(): boolean {
    const now = this.#options.now();
    if (this.#queue.empty) return false;
    if (this.#failures > 0) return now >= this.#retryAt;
    return this.#urgent || this.oldestUnsyncedMs(now) >= this.#options.commitAfterMs;
  }

  async #commitAll(): Promise<void> {
    while (this.#due()) {
      this.#urgent = false;
      try {
        await this.#commit();
      } catch (thrown) {
        await this.#failed(thrown);
      }
    }
  }

  async #commit(): Promise<void> {
    const began = this.#options.now();
    const kept = await this.#segments.usable();
    const { catalogue } = this.#segments;
    const { segment } = kept;
    if (!segment.committing) {
      const records = this.#queue.first(COMMIT_BYTES);
      for (const { source, type } of records) if (type !== 'released') catalogue.note(kept, source.recording);
      segment.seal(records);
    }
    const durable = await segment.commit();
    for (const { source, type } of durable) if (type === 'released') catalogue.release(kept, source.recording);
    this.#failures = 0;
    this.#troubled = undefined;
    this.#queue.release(durable.length);
    if ((this.#queue.oldest ?? began) < began) this.#urgent = true;
    if (this.#queue.empty) for (const empty of this.#onEmpty.splice(0)) empty();
  }

  async #failed(thrown: unknown): Promise<void> {
    const { disk, spill, now } = this.#options;
    const full = systemCode(thrown) === 'ENOSPC' || systemCode(thrown) === 'EDQUOT';
    const segment = this.#segments.current?.segment;
    // A write that failed for want of room may go on where it stopped; after any other failure the file is not trusted.
    if (!full && segment !== undefined) segment.bad = true;
    const trouble = full ? 'DISK_FULL' : 'RECORDINGS_UNWRITABLE';
    this.#tell(trouble);
    this.#failures++;
    const room = full && (await disk.freeReserve().catch(() => false));
    const spills = full && !room && spill !== undefined && segment?.bad === false && segment.disk === disk;
    if (spills) segment.bad = true;
    const again = room || spills || (!full && this.#failures === 1);
    this.#retryAt = now() + (again ? 0 : RETRY_MS);
    if (!again) this.#refuse(trouble);
  }

  #tell(trouble: SpoolTrouble): void {
    if (this.#troubled !== trouble) this.#options.onTrouble(trouble);
    this.#troubled = trouble;
  }

  #refuse(trouble: SpoolTrouble): void {
    for (const refuse of this.#opening) refuse(trouble);
  }

  #releaseOf(recording: string): QueuedRecord {
    const source = new SpoolSource(recording, undefined);
    return { source, type: 'released', content: formatContent(0, recordingMs(0)), since: this.#options.now() };
  }

  #sweep(): Promise<void> {
    return this.#inTurnWith(() => {
      const needless = this.#segments.current?.needed.size === 0 && this.#queue.empty && this.#running === undefined;
      if (needless) this.#segments.retire();
      return this.#segments.removeReleased();
    });
  }

  #inTurnWith(work: () => Promise<void>): Promise<void> {
    const done = this.#inTurn.then(work);
    this.#inTurn = done.catch(() => undefined);
    return done;
  }

  /** While the disk is well: it needs room itself before it makes some. */
  #compact(): void {
    const now = this.#options.now();
    if (now < this.#compactAt || this.#troubled !== undefined || this.#compacting !== undefined) return;
    this.#compactAt = sharedMs(now + COMPACT_EVERY_MS);
    this.#compacting = this.#inTurn
      .then(() => this.#segments.compact(this.#sources))
      .then(() => this.#sweep())
      .finally(() => {
        this.#compacting = undefined;
      });
  }

  async #lookAtAll(): Promise<void> {
    let lost = 0;
    for (const kept of await this.#segments.missing()) {
      this.#tell('RECORDINGS_UNWRITABLE');
      kept.segment.bad = true;
      await this.#running; // what is on its way into the deleted file is durable in it, or is sealed again for another
      if (!(await this.#segments.restore(kept))) lost++;
    }
    if (lost > 0)
      throw new IvrError('RECORDINGS_UNWRITABLE', 'files of the spool were deleted; no disk accepts them now');
  }
}
