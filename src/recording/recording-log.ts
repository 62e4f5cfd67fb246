import { type RecordingMs, recordingMs, type SharedMs } from '../domain/units.ts';
import { type AudioRecord, formatAudio, silenceMasked } from './audio-record.ts';
import { formatOpened, type OpenedRecording } from './opened-recording.ts';
import { OverflowGaps } from './overflow-gaps.ts';
import type { Spool } from './spool/spool.ts';
import { formatContent, type RecordType } from './spool/spool-record.ts';
import { SpoolSource } from './spool/spool-source.ts';

export interface RecordingLogOptions {
  readonly opened: OpenedRecording;
  readonly spool: Spool;
  /** Monotonic, ms. */
  readonly now: () => SharedMs;
  /** Of the moment of sample 0, by `now`. */
  readonly openedAt: SharedMs;
  /** How many writers of this recording have died before: this one goes on in sequences of its own. */
  readonly resumed?: number;
  /** What may wait in memory for a disk that is full or slow; beyond it audio becomes an 'overflow' gap. */
  readonly memoryBytes: number;
}

const SEQUENCES_A_WRITER = 1 << 24;

/** The records of one recording, in their sequence, on their way into the spool. */
export class RecordingLog {
  readonly opened: OpenedRecording;
  readonly source: SpoolSource;
  readonly #options: RecordingLogOptions;
  readonly #overflow = new OverflowGaps();
  #sequence: number;
  #ended: Promise<void> | undefined;

  constructor(options: RecordingLogOptions) {
    this.opened = options.opened;
    this.#options = options;
    this.source = new SpoolSource(
      options.opened.recording,
      formatContent(0, recordingMs(0), formatOpened(options.opened)),
    );
    this.#sequence = (options.resumed ?? 0) * SEQUENCES_A_WRITER;
  }

  get overflowSamples(): number {
    return this.#overflow.samples;
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Its beginning is durable when this resolves. @throws IvrError DISK_FULL, RECORDINGS_UNWRITABLE */
  open(): Promise<void> {
    return this.#options.spool.open(this.source);
  }

  /** Keeps no reference to the chunk. */
  audio(chunk: AudioRecord): void {
    if (this.ended) return;
    if (this.source.queuedBytes + chunk.payload.length > this.#options.memoryBytes) return this.#overflow.drop(chunk);
    this.#noteOverflow();
    silenceMasked(chunk);
    this.#append('audio', formatAudio(chunk));
  }

  /** @param at - the present by default */
  event(type: string, facts: Readonly<Record<string, unknown>>, at?: RecordingMs): void {
    if (this.ended || this.source.queuedBytes > 2 * this.#options.memoryBytes) return;
    this.#append('event', [Buffer.from(JSON.stringify({ type, facts }))], at);
  }

  /** No more comes. Resolves when all of it is durable. */
  end(at: RecordingMs): Promise<void> {
    return (this.#ended ??= new Promise((resolve) => {
      this.#noteOverflow();
      const content = formatContent(++this.#sequence, at);
      const since = this.#options.now();
      this.#options.spool.appendNow({ source: this.source, type: 'end', content, since, onDurable: resolve });
    }));
  }

  #append(type: RecordType, payload: readonly Uint8Array[], at?: RecordingMs): void {
    const { spool, now, openedAt } = this.#options;
    const since = now();
    const content = formatContent(++this.#sequence, at ?? recordingMs(since - openedAt), ...payload);
    spool.append({ source: this.source, type, content, since });
  }

  #noteOverflow(): void {
    for (const gap of this.#overflow.take()) this.#append('audio', formatAudio(gap));
  }
}
