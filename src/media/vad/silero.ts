import type { IvrError } from '../../domain/error.ts';
import { ms } from '../../domain/units.ts';
import { type CancelTimer, type Clock, systemClock } from '../../lib/clock.ts';
import { SileroChild } from './silero-child.ts';
import { sileroModelPath } from './silero-model.ts';
import { newBatch, REPLY_BYTES, REQUEST_BYTES, SILERO_FRAME } from './silero-wire.ts';

/** One caller's stream of frames. */
export interface SileroStream {
  /**
   * Queues a frame of 256 samples; it is copied. Never waits.
   *
   * @returns false when it was refused: the process is away or overloaded. Its probability will not come
   */
  push(frame: Int16Array): boolean;
  /** The next frame doesn't continue the last; probabilities still under way are dropped. */
  reset(): void;
  close(): void;
}

export interface SileroCounts {
  readonly frames: number;
  readonly batches: number;
  readonly refused: number;
  readonly lost: number;
}

/** Silero VAD 5 at 8 kHz in a child process, shared by the streams of one media worker. */
export interface Silero extends AsyncDisposable {
  readonly ready: boolean;
  readonly counts: SileroCounts;
  /** Of the process, while there is one. */
  readonly pid: number | undefined;
  /** `onProbability` is called once per accepted frame, in order, unless the stream was reset or the process lost. */
  open(onProbability: (probability: number) => void): SileroStream;
  /** Sends what is queued now, instead of within 16 ms. */
  flush(): void;
  close(): Promise<void>;
}

export interface SileroOptions {
  /** The process died or hung; it is being replaced, and streams are refused meanwhile. */
  readonly onLost: (error: IvrError) => void;
  readonly clock?: Clock;
}

const FLUSH_WITHIN = ms(16);
/** Frames under way in all, some 1.5 s of fifty talking callers. */
const MOST_UNDER_WAY = 2048;
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 8_000;
const MOST_STREAMS = 0x1_0000;

/**
 * Starts the process and waits until it has loaded the model, or has failed to for the first time: it is then started
 * again and again, at growing intervals, while streams are refused.
 *
 * @throws IvrError MODEL_MISSING
 */
export async function openSilero(options: SileroOptions): Promise<Silero> {
  const silero = new SileroBatcher(sileroModelPath(), options);
  await silero.settled;
  return silero;
}

class Slot implements SileroStream {
  generation = 0;
  fresh = true;
  readonly #number: number;
  readonly #owner: SileroBatcher;
  onProbability: ((probability: number) => void) | undefined;

  constructor(number: number, owner: SileroBatcher) {
    this.#number = number;
    this.#owner = owner;
  }

  get tag(): number {
    return ((this.generation << 16) | this.#number) >>> 0;
  }

  push(frame: Int16Array): boolean {
    return this.onProbability !== undefined && this.#owner.queue(this, frame);
  }

  reset(): void {
    this.generation = (this.generation + 1) & 0xffff;
    this.fresh = true;
  }

  close(): void {
    if (this.onProbability === undefined) return;
    this.onProbability = undefined;
    this.reset();
    this.#owner.free(this);
  }
}

class SileroBatcher implements Silero {
  readonly settled: Promise<void>;
  readonly #modelPath: string;
  readonly #options: SileroOptions;
  readonly #clock: Clock;
  readonly #slots: Slot[] = [];
  readonly #free: Slot[] = [];
  readonly #queue = new Uint8Array(MOST_UNDER_WAY * REQUEST_BYTES);
  readonly #queueView = new DataView(this.#queue.buffer);
  readonly #counts = { frames: 0, batches: 0, refused: 0, lost: 0 };
  #queued = 0;
  /** Frames of the batches under way, the oldest first. */
  #underWay: number[] = [];
  #framesUnderWay = 0;
  #child: SileroChild | undefined;
  #ready = false;
  #backoff = FIRST_BACKOFF_MS;
  #cancelFlush: CancelTimer | undefined;
  #cancelRestart: CancelTimer | undefined;
  #closing: Promise<void> | undefined;
  #settle: () => void = () => undefined;

  constructor(modelPath: string, options: SileroOptions) {
    this.#modelPath = modelPath;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#start();
  }

  get ready(): boolean {
    return this.#ready;
  }

  get counts(): SileroCounts {
    return { ...this.#counts };
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  open(onProbability: (probability: number) => void): SileroStream {
    const slot = this.#free.pop() ?? this.#newSlot();
    slot.reset();
    slot.onProbability = onProbability;
    return slot;
  }

  queue(slot: Slot, frame: Int16Array): boolean {
    if (!this.#ready || frame.length !== SILERO_FRAME || this.#queued + this.#framesUnderWay >= MOST_UNDER_WAY) {
      this.#counts.refused++;
      return false;
    }
    const at = this.#queued * REQUEST_BYTES;
    this.#queueView.setUint32(at, slot.tag, true);
    this.#queueView.setUint32(at + 4, slot.fresh ? 1 : 0, true);
    this.#queue.set(new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength), at + 8);
    slot.fresh = false;
    this.#queued++;
    this.#counts.frames++;
    this.#cancelFlush ??= this.#clock.after(FLUSH_WITHIN, () => this.flush());
    return true;
  }

  free(slot: Slot): void {
    this.#free.push(slot);
  }

  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (this.#queued === 0) return;
    const batch = newBatch(this.#queued, REQUEST_BYTES);
    batch.bytes.set(this.#queue.subarray(0, this.#queued * REQUEST_BYTES), batch.items.byteOffset);
    this.#underWay.push(this.#queued);
    this.#framesUnderWay += this.#queued;
    this.#queued = 0;
    this.#counts.batches++;
    this.#child?.send(batch.bytes);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#cancelRestart?.();
    this.#drop();
    for (const slot of this.#slots) slot.onProbability = undefined;
    this.#settle();
    await this.#child?.stop();
  }

  #newSlot(): Slot {
    // one per leg of a media worker, each with two sockets: the system's limits come first
    const slot = new Slot(this.#slots.length % MOST_STREAMS, this);
    this.#slots.push(slot);
    return slot;
  }

  #start(): void {
    this.#cancelRestart = undefined;
    this.#child = new SileroChild(this.#modelPath, this.#clock, {
      onReady: () => {
        this.#ready = true;
        this.#settle();
      },
      onReplies: (count, items) => this.#take(count, items),
      onLost: (error) => this.#replace(error),
    });
  }

  #take(count: number, items: DataView): void {
    this.#backoff = FIRST_BACKOFF_MS;
    this.#framesUnderWay -= this.#underWay.shift() ?? 0;
    for (let n = 0; n < count; n++) {
      const tag = items.getUint32(n * REPLY_BYTES, true);
      const slot = this.#slots[tag & 0xffff];
      if (slot?.tag === tag) slot.onProbability?.(items.getFloat32(n * REPLY_BYTES + 4, true));
    }
  }

  #replace(error: IvrError): void {
    this.#counts.lost++;
    this.#child = undefined;
    this.#drop();
    // the new one knows none of the streams
    for (const slot of this.#slots) slot.reset();
    this.#cancelRestart = this.#clock.after(ms(this.#backoff), () => this.#start());
    this.#backoff = Math.min(LONGEST_BACKOFF_MS, this.#backoff * 2);
    this.#settle();
    this.#options.onLost(error);
  }

  #drop(): void {
    this.#ready = false;
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#queued = 0;
    this.#underWay = [];
    this.#framesUnderWay = 0;
  }
}
