import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '../domain/error.ts';
import { type AudioRecord, formatAudio, silenceMasked } from './audio-record.ts';
import { formatOpened, type OpenedRecording } from './opened-recording.ts';
import { OverflowGaps } from './overflow-gaps.ts';
import { formatRecord, LOG_HEAD, LogChain, type RecordType, saltOf } from './record-log.ts';
import { type SpoolDisk, type SpoolFile, segmentName } from './spool-disk.ts';

export interface SpoolLogOptions {
  readonly opened: OpenedRecording;
  readonly disk: SpoolDisk;
  /** Monotonic, ms. */
  readonly now: () => number;
  /** Of the moment of sample 0, by `now`. */
  readonly openedAt: number;
  /** How many writers of this recording have died before: this one goes on in segments and sequences of its own. */
  readonly resumed?: number;
  /** What may wait in memory for a disk that is full or slow; beyond it audio becomes an 'overflow' gap. */
  readonly memoryBytes: number;
  readonly onTrouble: (code: SpoolTrouble) => void;
}

export type SpoolTrouble = 'DISK_FULL' | 'RECORDINGS_UNWRITABLE';

interface Segment {
  readonly file: SpoolFile;
  /** Position in the file of the first queued byte. */
  base: number;
  /** A sync or write of it has failed: what it holds is not to be relied on. */
  bad: boolean;
}

interface Queued {
  readonly bytes: Buffer;
  readonly since: number;
}

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
  #queue: Queued[] = [];
  #queuedBytes = 0;
  /** Bytes of the queue, from its head, that the present segment holds. */
  #written = 0;
  #sequence = 0;
  #chainedAt: number;
  #openedRepeated = false;
  #segment: Segment | undefined;
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
    return this.#queue.length === 0;
  }

  /** The file exists and its head is durable when this resolves. @throws what the disk throws */
  async open(): Promise<void> {
    this.#segment = await this.#newSegment();
    void this.#pump();
  }

  /** How long the oldest record has waited to become durable. */
  unsyncedMs(now: number): number {
    return this.#queue[0] === undefined ? 0 : now - this.#queue[0].since;
  }

  /** Keeps no reference to the chunk. */
  audio(chunk: AudioRecord): void {
    if (this.#ended) return;
    if (this.#queuedBytes + chunk.payload.length > this.#options.memoryBytes) return this.#overflow.drop(chunk);
    this.#noteOverflow();
    silenceMasked(chunk);
    this.#append('audio', formatAudio(chunk));
  }

  /** @param at - ms since sample 0; the present by default */
  event(type: string, facts: Readonly<Record<string, unknown>>, at?: number): void {
    if (this.#ended || this.#queuedBytes > 2 * this.#options.memoryBytes) return;
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
    const first = this.#queue[0]?.bytes.length ?? Infinity;
    return this.#syncing === undefined && this.#segment?.bad === false && this.#written >= first;
  }

  /** Makes durable what is written. Undefined when nothing is. */
  sync(): Promise<void> | undefined {
    const segment = this.#segment;
    if (this.#syncing !== undefined) return this.#syncing;
    if (segment === undefined || !this.syncable) return undefined;
    const written = this.#written;
    this.#syncing = segment.file
      .datasync()
      .then(
        () => this.#release(segment, written),
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
    await this.#segment?.file.close().catch(() => undefined);
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
    this.#queue.push({ bytes, since });
    this.#queuedBytes += bytes.length;
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

  async #newSegment(): Promise<Segment> {
    const file = await this.#options.disk.create(segmentName(this.opened.recording, this.#segments++));
    try {
      const head = Buffer.concat([LOG_HEAD, this.#openedRecord()]);
      let base = 0;
      while (base < head.length) {
        const wrote = await file.write([head.subarray(base)], base);
        if (wrote === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
        base += wrote;
      }
      await file.datasync();
      return { file, base, bad: false };
    } catch (thrown) {
      await file.close().catch(() => undefined);
      throw thrown;
    }
  }

  /** Writes what is queued; one at a time. Undefined when there is nothing to do now. */
  #pump(): Promise<void> | undefined {
    if (this.#pumping !== undefined) return this.#pumping;
    const segment = this.#segment;
    if (segment === undefined || (this.#troubled !== undefined && this.#options.now() < this.#retryAt))
      return undefined;
    if (this.#written >= this.#queuedBytes && !segment.bad) return undefined;
    this.#pumping = this.#writeAll().finally(() => {
      this.#pumping = undefined;
    });
    return this.#pumping;
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve(); // what is appended in the same turn goes out in the same write
    try {
      while (this.#segment !== undefined && (this.#segment.bad || this.#written < this.#queuedBytes)) {
        const segment: Segment = this.#segment.bad ? await this.#replaceSegment(this.#segment) : this.#segment;
        const wrote = await segment.file.write(this.#unwritten(), segment.base + this.#written);
        if (wrote === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
        this.#written += wrote;
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
    this.#retryAt = this.#options.now() + (room ? 0 : RETRY_MS);
  }

  #tell(trouble: SpoolTrouble): void {
    if (this.#troubled !== trouble) this.#options.onTrouble(trouble);
    this.#troubled = trouble;
  }

  async #replaceSegment(bad: Segment): Promise<Segment> {
    await this.#syncing;
    const segment = await this.#newSegment();
    this.#written = 0;
    this.#segment = segment;
    await bad.file.close().catch(() => undefined);
    return segment;
  }

  #unwritten(): Buffer[] {
    const buffers: Buffer[] = [];
    let skip = this.#written;
    for (const { bytes } of this.#queue) {
      if (skip < bytes.length) buffers.push(skip === 0 ? bytes : bytes.subarray(skip));
      skip = Math.max(0, skip - bytes.length);
    }
    return buffers;
  }

  /** What the sync covered leaves the queue. A record of which only a part was written stays. */
  #release(segment: Segment, written: number): void {
    let whole = 0;
    let count = 0;
    for (const { bytes } of this.#queue) {
      if (whole + bytes.length > written) break;
      whole += bytes.length;
      count++;
    }
    this.#queue = this.#queue.slice(count);
    this.#queuedBytes -= whole;
    this.#written -= whole;
    segment.base += whole;
  }
}
