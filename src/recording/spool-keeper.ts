import { IvrError } from '../domain/error.ts';
import type { RecordingId } from '../domain/ids.ts';
import { type AudioRecord, faultOf } from './audio-record.ts';
import { diskError } from './disk-error.ts';
import { STALLED_AFTER_MS } from './loss-limits.ts';
import type { OpenedRecording } from './opened-recording.ts';
import type { LostAudio } from './recorder.ts';
import type { SpoolDisk } from './spool-disk.ts';
import { SpoolLog, type SpoolTrouble } from './spool-log.ts';
import type { FromMediaToRecorder, TapChunk } from './tap.ts';
import { recordingSample } from '../domain/units.ts';

export interface SpoolKeeperOptions {
  readonly disk: SpoolDisk;
  /** See SpoolLogOptions. */
  readonly spill?: SpoolDisk | undefined;
  readonly now: () => number;
  readonly memoryBytes: number;
  /** A record becomes durable at most this long, and one sync, after it came. */
  readonly syncAfterMs: number;
  readonly onTrouble: (recording: RecordingId, code: SpoolTrouble) => void;
  readonly onSpill?: (recording: RecordingId) => void;
  /** What has not been synced for longer than this is told of, and when it is again. */
  readonly unsyncedLimitMs?: number;
  readonly onUnsynced?: (recording: RecordingId, unsynced: boolean) => void;
}

interface Spooling {
  readonly log: SpoolLog;
  readonly openedAt: number;
  readonly tracks: Map<string, Track>;
  ending: (() => void) | undefined;
  /** When a tap last sent something. */
  heardAt: number;
  /** It was told of as not synced. */
  unsynced: boolean;
}

interface Track {
  open: boolean;
  /** Samples by which its `at` was seen to be off, see `place`. */
  shift: number;
}

/** Syncs under way at once. The thread pool has four threads, and the database and others need some. */
const MAX_SYNCS = 2;
const TAPS_END_MS = 2_000;
const NO_TAP_GRACE_MS = 200;
/** Longer than a disk that stalls is waited for, so that the spill has its turn. */
const GIVE_UP_MS = STALLED_AFTER_MS + 2_000;
/** A chunk that claims to be later than this after its arrival was placed by another clock. */
const MAX_AHEAD_MS = 10_000;
const STRAY_MS = 5_000;
const MAX_STRAYS = 1_000;
const SAMPLES_PER_MS = 8;
/** Taps send also what is silent: a recording that hears nothing for so long was given up by its call without a word. */
const ABANDONED_MS = 600_000;
const ABANDONED_LOOK_MS = 10_000;

/** All recordings in progress: the recorder's worker without the thread. */
export class SpoolKeeper {
  readonly #options: SpoolKeeperOptions;
  readonly #spooling = new Map<string, Spooling>();
  /** Chunks that came before their recording was opened: the endpoint is there first. */
  #strays: { readonly chunk: TapChunk; readonly since: number }[] = [];
  #syncs = 0;
  #lookedAt = 0;
  #overflowSamples = 0;
  readonly counts = { strayChunks: 0, refusedChunks: 0 };

  constructor(options: SpoolKeeperOptions) {
    this.#options = options;
  }

  get overflowMs(): number {
    let samples = this.#overflowSamples;
    for (const { log } of this.#spooling.values()) samples += log.overflowSamples;
    return samples / SAMPLES_PER_MS;
  }

  /** Of all recordings, how long the oldest record has waited for its sync. */
  get unsyncedMs(): number {
    const now = this.#options.now();
    let worst = 0;
    for (const { log } of this.#spooling.values()) worst = Math.max(worst, log.unsyncedMs(now));
    return worst;
  }

  /**
   * @param resumed - see ToRecorderWorker
   * @throws IvrError DISK_FULL, RECORDINGS_UNWRITABLE
   */
  async open(opened: OpenedRecording, openedAt: number, resumed = 0): Promise<void> {
    const { disk, spill, now, memoryBytes, onTrouble, onSpill } = this.#options;
    const id = opened.recording;
    if (this.#spooling.has(id)) throw new IvrError('INTERNAL', 'the recording is open already', { recording: id });
    const log = new SpoolLog({
      opened,
      disk,
      spill,
      now,
      openedAt,
      resumed,
      memoryBytes,
      onTrouble: (code) => onTrouble(id, code),
      onSpill: () => onSpill?.(id),
    });
    this.#spooling.set(id, { log, openedAt, tracks: new Map(), ending: undefined, heardAt: now(), unsynced: false });
    const early = this.#strays.filter(({ chunk }) => chunk.recording === id);
    this.#strays = this.#strays.filter(({ chunk }) => chunk.recording !== id);
    for (const { chunk } of early) this.#chunk(chunk);
    try {
      await log.open();
    } catch (thrown) {
      this.#spooling.delete(id);
      await log.close();
      throw diskError('the spool takes no new recording', { recording: id }, thrown);
    }
  }

  /** What came over a media worker's line. Never throws: what is not a chunk is counted. */
  take(message: FromMediaToRecorder): void {
    try {
      if (message.type === 'chunks') for (const chunk of message.chunks) this.#chunk(chunk);
      else this.#trackClosed(message.recording, message.track);
    } catch {
      this.counts.refusedChunks++;
    }
  }

  event(recording: RecordingId, type: string, facts: Readonly<Record<string, unknown>>, at: number): void {
    this.#spooling.get(recording)?.log.event(type, facts, at);
  }

  /**
   * Waits for the taps to end, then until all is durable.
   *
   * @param at - ms since sample 0: the recording's end
   * @throws IvrError DISK_FULL, RECORDINGS_UNWRITABLE: the disk took not all yet; it is tried further
   */
  async end(recording: RecordingId, at: number): Promise<void> {
    const spooling = this.#spooling.get(recording);
    if (spooling === undefined) throw new IvrError('RECORDING_NOT_FOUND', 'no such recording is open', { recording });
    await this.#tapsEnd(spooling);
    const trouble = await spooling.log.end(at, GIVE_UP_MS);
    if (trouble !== undefined)
      throw new IvrError(trouble, 'the end of the recording is not on the disk yet', { recording });
    await this.#forget(spooling.log);
  }

  /** To be called every 50 ms or so. */
  tick(): void {
    const now = this.#options.now();
    for (const spooling of this.#spooling.values()) {
      const { log } = spooling;
      log.retry(now);
      if (log.ended && log.drained) void this.#forget(log);
      this.#watchSync(spooling, now);
    }
    this.#endAbandoned(now);
    this.#startSyncs();
    const kept = this.#strays.filter(({ since }) => now - since < STRAY_MS);
    this.counts.strayChunks += this.#strays.length - kept.length;
    this.#strays = kept;
  }

  #watchSync(spooling: Spooling, now: number): void {
    const { unsyncedLimitMs = Infinity, onUnsynced } = this.#options;
    const unsynced = spooling.log.unsyncedMs(now) > unsyncedLimitMs;
    if (unsynced === spooling.unsynced) return;
    spooling.unsynced = unsynced;
    onUnsynced?.(spooling.log.opened.recording, unsynced);
  }

  /** Their files stay until the next start recovers them; here they must not stay for ever. */
  #endAbandoned(now: number): void {
    if (now < this.#lookedAt + ABANDONED_LOOK_MS) return;
    this.#lookedAt = now;
    for (const { log, heardAt, openedAt } of this.#spooling.values())
      if (!log.ended && now - heardAt > ABANDONED_MS) void log.end(heardAt - openedAt, 0);
  }

  /** The recordings that have waited longest, a few at a time; when one is done the next begins. */
  #startSyncs(): void {
    const now = this.#options.now();
    while (this.#syncs < MAX_SYNCS) {
      let longest: SpoolLog | undefined;
      let waited = this.#options.syncAfterMs;
      for (const { log } of this.#spooling.values()) {
        const waits = log.syncable ? log.unsyncedMs(now) : 0;
        if (waits >= waited) [longest, waited] = [log, waits];
      }
      const sync = longest?.sync();
      if (sync === undefined) return;
      this.#syncs++;
      void sync.finally(() => {
        this.#syncs--;
        this.#startSyncs();
      });
    }
  }

  /**
   * Gives what is queued a last chance to become durable; the files stay for the next start.
   *
   * @returns the recordings whose newest audio is not known to be on any disk, and how many ms
   */
  async close(): Promise<readonly LostAudio[]> {
    const lost: LostAudio[] = [];
    const logs = [...this.#spooling.values()].map(({ log }) => log);
    this.#spooling.clear();
    await Promise.all(
      logs.map(async (log) => {
        if ((await log.drain(GIVE_UP_MS)) !== undefined)
          lost.push({
            recording: log.opened.recording,
            contact: log.opened.contact,
            ms: Math.round(log.unsyncedMs(this.#options.now())),
          });
        await log.close();
      }),
    );
    return lost;
  }

  async #forget(log: SpoolLog): Promise<void> {
    if (!this.#spooling.delete(log.opened.recording)) return;
    this.#overflowSamples += log.overflowSamples;
    await log.close();
  }

  #chunk(chunk: TapChunk): void {
    if (faultOf(chunk) !== undefined) {
      this.counts.refusedChunks++;
      return;
    }
    const spooling = this.#spooling.get(chunk.recording);
    if (spooling === undefined) {
      if (this.#strays.length < MAX_STRAYS) this.#strays.push({ chunk, since: this.#options.now() });
      else this.counts.strayChunks++;
    } else if (spooling.log.ended) this.counts.strayChunks++;
    else spooling.log.audio(this.#place(chunk, spooling));
  }

  #trackClosed(recording: RecordingId, name: string): void {
    const spooling = this.#spooling.get(recording);
    if (spooling === undefined) return;
    const track = spooling.tracks.get(name);
    if (track === undefined) spooling.tracks.set(name, { open: false, shift: 0 });
    else track.open = false;
    spooling.log.event('track-closed', { track: name });
    if (tapsEnded(spooling)) spooling.ending?.();
  }

  /** A track whose samples claim to come from the future is moved to where our clock says that they came from. */
  #place(chunk: TapChunk, spooling: Spooling): AudioRecord {
    const track = spooling.tracks.get(chunk.track) ?? { open: true, shift: 0 };
    spooling.tracks.set(chunk.track, track);
    track.open = true;
    spooling.heardAt = this.#options.now();
    const elapsed = (this.#options.now() - spooling.openedAt) * SAMPLES_PER_MS;
    const end = chunk.at + track.shift + chunk.payload.length;
    if (end > elapsed + MAX_AHEAD_MS * SAMPLES_PER_MS) {
      track.shift = Math.max(0 - chunk.at, Math.round(elapsed - chunk.payload.length - chunk.at));
      spooling.log.event('track-moved', { track: chunk.track, samples: track.shift });
    }
    if (track.shift === 0) return chunk;
    const gaps = chunk.gaps.map((gap) => ({ ...gap, at: recordingSample(Math.max(0, gap.at + track.shift)) }));
    return { ...chunk, at: recordingSample(Math.max(0, chunk.at + track.shift)), gaps };
  }

  async #tapsEnd(spooling: Spooling): Promise<void> {
    const { now } = this.#options;
    const deadline = now() + TAPS_END_MS;
    const ended = (limit: number): Promise<void> =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, limit);
        spooling.ending = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    // The channels are not in step with the main thread: what the taps last said may still be on its way.
    if (spooling.tracks.size === 0) await ended(NO_TAP_GRACE_MS);
    if (spooling.tracks.size > 0 && !tapsEnded(spooling)) await ended(Math.max(0, deadline - now()));
    spooling.ending = undefined;
  }
}

const tapsEnded = ({ tracks }: Spooling): boolean =>
  tracks.size > 0 && [...tracks.values()].every((track) => !track.open);
