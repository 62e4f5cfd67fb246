import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '../domain/error.ts';
import { type AudioRecord, formatAudio, silenceMasked } from './audio-record.ts';
import { formatOpened, type OpenedRecording } from './opened-recording.ts';
import { OverflowGaps } from './overflow-gaps.ts';
import { formatRecord, LogChain, type RecordType, saltOf } from './record-log.ts';
import { type SpoolDisk, segmentName } from './spool-disk.ts';
import { SpoolQueue } from './spool-queue.ts';
import { SpoolSegment } from './spool-segment.ts';

export interface SpoolLogOptions {
  readonly opened: OpenedRecording;
  readonly disk: SpoolDisk;
  /** Where a recording that is open goes on when its disk fails; a new one is not begun there. */
  readonly spill?: SpoolDisk | undefined;
  /** Monotonic, ms. */
  readonly now: () => number;
  /** Of the moment of sample 0, by `now`. */
  readonly openedAt: number;
  /** How many writers of this recording have died before: this one goes on in segments and sequences of its own. */
  readonly resumed?: number;
  /** What may wait in memory for a disk that is full or slow; beyond it audio becomes an 'overflow' gap. */
  readonly memoryBytes: number;
  readonly onTrouble: (code: SpoolTrouble) => void;
  /** It goes on in the spill. */
  readonly onSpill?: () => void;
}

export type SpoolTrouble = 'DISK_FULL' | 'RECORDINGS_UNWRITABLE';

const RETRY_MS = 1_000;
const SEGMENTS_A_WRITER = 1_000;
const SEQUENCES_A_WRITER = 1 << 24;
const CHAIN_EVERY_MS = 1_000;

/**
 * The spool of one recording: records go into a queue, from there to the disk, and leave the queue only when a sync has
 * said that they are durable. A failed sync is never repeated, because the kernel may have dropped the pages and the
 * next sync would say that all is well (PostgreSQL's fsync panic): a new segment takes everything again from the queue.
 */
export class SpoolLog {
  readonly opened: OpenedRecording;
  readonly #options: SpoolLogOptions;
  readonly #salt: number;
  readonly #chain: LogChain;
  readonly #queue = new SpoolQueue();
  #sequence = 0;
  #chainedAt: number;
  #openedRepeated = false;
  #segment: SpoolSegment | undefined;
  #segments = 0;
  #pumping: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #troubled: SpoolTrouble | undefined;
  #retryAt = 0;
  #ended = false;
  readonly #overflow = new OverflowGaps();

  constructor(options: SpoolLogOptions) {
    this.opened = options.opened;
    this.#options = options;
    this.#salt = saltOf(options.opened.recording);
    this.#chain = new LogChain(formatOpened(options.opened));
    this.#chainedAt = options.now();
    const resumed = options.resumed ?? 0;
    this.#segments = resumed * SEGMENTS_A_WRITER;
    this.#sequence = resumed * SEQUENCES_A_WRITER;
  }

  get overflowSamples(): number {
    return this.#overflow.samples;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** All that was appended is durable. */
  get drained(): boolean {
    return this.#queue.empty && this.#segment?.gone !== true;
  }

  /** The file exists and its head is durable when this resolves. @throws what the disk throws */
  async open(): Promise<void> {
    this.#segment = await this.#newSegment();
    void this.#pump();
  }

  /** How long the oldest record has waited to become durable. */
  unsyncedMs(now: number): number {
    return now - (this.#queue.oldest ?? now);
  }

  /** Keeps no reference to the chunk. */
  audio(chunk: AudioRecord): void {
    if (this.#ended) return;
    if (this.#queue.bytes + chunk.payload.length > this.#options.memoryBytes) return this.#overflow.drop(chunk);
    this.#noteOverflow();
    silenceMasked(chunk);
    this.#append('audio', formatAudio(chunk));
  }

  /** @param at - ms since sample 0; the present by default */
  event(type: string, facts: Readonly<Record<string, unknown>>, at?: number): void {
    if (this.#ended || this.#queue.bytes > 2 * this.#options.memoryBytes) return;
    this.#append('event', Buffer.from(JSON.stringify({ type, facts })), at);
  }

  /** No more comes. Resolves when all is durable, or with the trouble that stands in the way when `giveUpMs` have passed. */
  async end(at: number, giveUpMs: number): Promise<SpoolTrouble | undefined> {
    if (!this.#ended) {
      this.#noteOverflow();
      this.#link();
      this.#append('end', Buffer.alloc(0), at);
      this.#ended = true;
    }
    return this.drain(giveUpMs);
  }

  /** Waits until all is durable, or for the trouble that stands in the way when `giveUpMs` have passed. */
  async drain(giveUpMs: number): Promise<SpoolTrouble | undefined> {
    const deadline = this.#options.now() + giveUpMs;
    if (this.#segment !== undefined) await this.#look(this.#segment, true);
    while (!this.drained && this.#options.now() < deadline) {
      this.retry(this.#options.now());
      const work = this.#pump() ?? this.sync();
      await (this.#troubled === undefined && work !== undefined ? work : sleep(20));
    }
    return this.drained ? undefined : (this.#troubled ?? 'RECORDINGS_UNWRITABLE');
  }

  /** To be called often: tries again what failed. */
  retry(now: number): void {
    if (this.#troubled !== undefined && now >= this.#retryAt) void this.#pump();
  }

  /** There is a whole record written that no sync is making durable yet. */
  get syncable(): boolean {
    return this.#syncing === undefined && this.#segment?.bad === false && this.#queue.wholeWritten;
  }

  /** Makes durable what is written. Undefined when nothing is. */
  sync(): Promise<void> | undefined {
    const segment = this.#segment;
    if (this.#syncing !== undefined) return this.#syncing;
    if (segment === undefined || !this.syncable) return undefined;
    const written = this.#queue.written;
    this.#syncing = segment.file
      .datasync()
      .then(
        () => {
          segment.base += this.#queue.release(written);
          return this.#look(segment);
        },
        () => {
          segment.bad = true;
          this.#tell('RECORDINGS_UNWRITABLE');
          this.#retryAt = 0;
        },
      )
      .finally(() => {
        this.#syncing = undefined;
        if (segment.bad) void this.#pump();
      });
    return this.#syncing;
  }

  /** Leaves the files as they are. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#pumping;
    await this.#syncing;
    this.#segment?.close();
    this.#segment = undefined;
  }

  #append(type: RecordType, payload: Uint8Array, at?: number): void {
    const now = this.#options.now();
    if (type === 'audio' && now - this.#chainedAt >= CHAIN_EVERY_MS) this.#link();
    const record = { sequence: ++this.#sequence, at: at ?? now - this.#options.openedAt, type, payload };
    const bytes = formatRecord(this.#salt, record);
    this.#chain.add(bytes);
    this.#enqueue(bytes, now);
  }

  #enqueue(bytes: Buffer, since: number): void {
    this.#queue.push(bytes, since);
    void this.#pump();
  }

  #link(): void {
    const now = this.#options.now();
    this.#chainedAt = now;
    this.#append('chain', this.#chain.link());
    if (this.#openedRepeated) return;
    this.#openedRepeated = true;
    this.#enqueue(this.#openedRecord(), now);
  }

  #openedRecord(): Buffer {
    return formatRecord(this.#salt, { sequence: 0, at: 0, type: 'opened', payload: formatOpened(this.opened) });
  }

  #noteOverflow(): void {
    for (const gap of this.#overflow.take()) this.#append('audio', formatAudio(gap));
  }

  /** On the spool's disk or, when that fails a recording that is open, on the spill. */
  async #newSegment(): Promise<SpoolSegment> {
    const { disk, spill, onSpill } = this.#options;
    try {
      return await this.#segmentOn(disk);
    } catch (thrown) {
      if (spill === undefined || this.#segment === undefined) throw thrown;
      const segment = await this.#segmentOn(spill).catch(() => undefined);
      if (segment === undefined) throw thrown;
      onSpill?.();
      return segment;
    }
  }

  #segmentOn(disk: SpoolDisk): Promise<SpoolSegment> {
    return SpoolSegment.create(disk, segmentName(this.opened.recording, this.#segments++), this.#openedRecord());
  }

  /** Writes what is queued; one at a time. Undefined when there is nothing to do now. */
  #pump(): Promise<void> | undefined {
    if (this.#pumping !== undefined) return this.#pumping;
    const segment = this.#segment;
    if (segment === undefined || (this.#troubled !== undefined && this.#options.now() < this.#retryAt))
      return undefined;
    if (this.#queue.written >= this.#queue.bytes && !segment.bad) return undefined;
    this.#pumping = this.#writeAll().finally(() => {
      this.#pumping = undefined;
    });
    return this.#pumping;
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve(); // what is appended in the same turn goes out in the same write
    try {
      while (this.#segment !== undefined && (this.#segment.bad || this.#queue.written < this.#queue.bytes)) {
        const segment: SpoolSegment = this.#segment.bad ? await this.#replaceSegment(this.#segment) : this.#segment;
        const wrote = await segment.file.write(this.#queue.unwritten(), segment.base + this.#queue.written);
        if (wrote === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
        this.#queue.written += wrote;
        this.#troubled = undefined;
      }
    } catch (thrown) {
      await this.#failed(thrown);
    }
  }

  async #failed(thrown: unknown): Promise<void> {
    const full = systemCode(thrown) === 'ENOSPC' || systemCode(thrown) === 'EDQUOT';
    // A write that failed for want of room may go on where it stopped; after any other failure the file is not trusted.
    if (!full && this.#segment !== undefined) this.#segment.bad = true;
    this.#tell(full ? 'DISK_FULL' : 'RECORDINGS_UNWRITABLE');
    const room = full && (await this.#options.disk.freeReserve().catch(() => false));
    const spills = full && !room && this.#options.spill !== undefined && this.#segment?.bad === false;
    if (spills && this.#segment !== undefined) this.#segment.bad = true;
    this.#retryAt = this.#options.now() + (room || spills ? 0 : RETRY_MS);
  }

  #tell(trouble: SpoolTrouble): void {
    if (this.#troubled !== trouble) this.#options.onTrouble(trouble);
    this.#troubled = trouble;
  }

  async #replaceSegment(bad: SpoolSegment): Promise<SpoolSegment> {
    await this.#syncing;
    const segment = await this.#newSegment();
    if (bad.gone) await segment.rescue(bad).catch(() => undefined); // what is in memory still goes on
    this.#queue.written = 0;
    this.#segment = segment;
    bad.close();
    return segment;
  }

  async #look(segment: SpoolSegment, atOnce = false): Promise<void> {
    await segment.look(this.#options.now(), atOnce);
    if (!segment.gone) return;
    this.#tell('RECORDINGS_UNWRITABLE');
    this.#retryAt = 0;
  }
}
