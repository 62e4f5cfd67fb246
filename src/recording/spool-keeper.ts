import { IvrError } from '../domain/error.ts';
import type { RecordingId } from '../domain/ids.ts';
import { type RecordingMs, recordingMs, recordingSample, type SharedMs } from '../domain/units.ts';
import { type AudioRecord, samplesOf } from './audio-record.ts';
import type { OpenedRecording } from './opened-recording.ts';
import type { LostAudio } from './recorder.ts';
import { RecordingLog } from './recording-log.ts';
import { STALLED_AFTER_MS } from './spool/disk-lanes.ts';
import { Spool, type SpoolOptions, type SpoolTrouble } from './spool/spool.ts';
import type { FoundSegment } from './spool/spool-catalogue.ts';
import type { SpoolPlaces } from './spool/spool-source.ts';
import type { FromMediaToRecorder, TapChunk } from './tap.ts';
import { type UnpackedChunks, unpackChunks } from './tap-batch.ts';

export interface SpoolKeeperOptions extends Omit<SpoolOptions, 'onTrouble' | 'onSpill'> {
  /** Of one recording, what may wait in memory for the disk. */
  readonly memoryBytes: number;
  readonly onTrouble: (recording: RecordingId, code: SpoolTrouble) => void;
  readonly onSpill?: (recording: RecordingId) => void;
  /** What has not been synced for longer than this is told of, and when it is again. */
  readonly unsyncedMs?: number;
  readonly onUnsynced?: (recording: RecordingId, unsynced: boolean) => void;
}

interface Spooling {
  readonly log: RecordingLog;
  readonly openedAt: SharedMs;
  readonly tracks: Map<string, Track>;
  ending: (() => void) | undefined;
  /** When a tap last sent something. */
  heardAt: SharedMs;
  /** It was told of as not synced. */
  unsynced: boolean;
}

interface Track {
  open: boolean;
  /** Samples by which its `at` was seen to be off, see `place`. */
  shift: number;
}

const TAPS_END_MS = 2_000;
const NO_TAP_GRACE_MS = 200;
/** Longer than a disk that stalls is waited for, so that the spill has its turn. */
const GIVE_UP_MS = STALLED_AFTER_MS + 2_000;
const RETRY_LOOK_MS = 20;
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
  readonly #spool: Spool;
  readonly #spooling = new Map<string, Spooling>();
  /** Chunks that came before their recording was opened: the endpoint is there first. */
  #strays: { readonly chunk: TapChunk; readonly since: SharedMs }[] = [];
  #lookedAt = 0;
  #overflowSamples = 0;
  readonly counts = { strayChunks: 0, refusedChunks: 0 };

  constructor(options: SpoolKeeperOptions) {
    this.#options = options;
    this.#spool = new Spool({
      ...options,
      onTrouble: (code) => this.#eachOpen((id) => options.onTrouble(id, code)),
      onSpill: () => this.#eachOpen((id) => options.onSpill?.(id)),
    });
  }

  get overflowMs(): number {
    let samples = this.#overflowSamples;
    for (const { log } of this.#spooling.values()) samples += log.overflowSamples;
    return samples / SAMPLES_PER_MS;
  }

  /** Of all recordings, how long the oldest record has waited for its sync. */
  get oldestUnsyncedMs(): number {
    return this.#spool.oldestUnsyncedMs(this.#options.now());
  }

  /**
   * @param resumed - see ToRecorderWorker
   * @throws IvrError DISK_FULL, RECORDINGS_UNWRITABLE
   */
  async open(opened: OpenedRecording, openedAt: SharedMs, resumed = 0): Promise<void> {
    const { now, memoryBytes } = this.#options;
    const id = opened.recording;
    if (this.#spooling.has(id)) throw new IvrError('INTERNAL', 'the recording is open already', { recording: id });
    const log = new RecordingLog({ opened, spool: this.#spool, now, openedAt, resumed, memoryBytes });
    this.#spooling.set(id, { log, openedAt, tracks: new Map(), ending: undefined, heardAt: now(), unsynced: false });
    const begun = log.open();
    const early = this.#strays.filter(({ chunk }) => chunk.recording === id);
    this.#strays = this.#strays.filter(({ chunk }) => chunk.recording !== id);
    for (const { chunk } of early) this.#chunk(chunk);
    try {
      await begun;
    } catch (thrown) {
      this.#spooling.delete(id);
      throw thrown;
    }
  }

  /** What came over a media worker's line. Never throws: what is not a chunk is counted. */
  take(message: FromMediaToRecorder): void {
    try {
      if (message.type === 'chunks') this.#takeAll(unpackChunks(message.packed));
      else this.#trackClosed(message.recording, message.track);
    } catch {
      this.counts.refusedChunks++;
    }
  }

  event(recording: RecordingId, type: string, facts: Readonly<Record<string, unknown>>, at: RecordingMs): void {
    this.#spooling.get(recording)?.log.event(type, facts, at);
  }

  /**
   * Waits for the taps to end, then until all is durable.
   *
   * @param at - the recording's end
   * @returns where its records lie
   * @throws IvrError DISK_FULL, RECORDINGS_UNWRITABLE: the disk took not all yet; it is tried further
   */
  async end(recording: RecordingId, at: RecordingMs): Promise<SpoolPlaces> {
    const spooling = this.#spooling.get(recording);
    if (spooling === undefined) throw new IvrError('RECORDING_NOT_FOUND', 'no such recording is open', { recording });
    await this.#tapsEnd(spooling);
    const { log } = spooling;
    if (!(await this.#untilGivenUp(Promise.all([log.end(at), this.#spool.look()]))))
      throw new IvrError(
        this.#spool.trouble ?? 'RECORDINGS_UNWRITABLE',
        'the end of the recording is not on the disk yet',
        { recording },
      );
    this.#forget(log);
    return log.source.places;
  }

  /** See Spool. */
  release(recording: RecordingId): Promise<void> {
    return this.#spool.release(recording);
  }

  adopt(found: readonly FoundSegment[]): Promise<void> {
    return this.#spool.adopt(found);
  }

  /** To be called every 50 ms or so. */
  tick(): void {
    const now = this.#options.now();
    this.#spool.tick();
    this.#watchSync(now);
    this.#endAbandoned(now);
    const kept = this.#strays.filter(({ since }) => now - since < STRAY_MS);
    this.counts.strayChunks += this.#strays.length - kept.length;
    this.#strays = kept;
  }

  /**
   * Gives what is queued a last chance to become durable; the files stay for the next start.
   *
   * @returns the recordings whose newest audio is not known to be on any disk, and how many ms
   */
  async close(): Promise<readonly LostAudio[]> {
    const open = [...this.#spooling.values()];
    this.#spooling.clear();
    const safe = await this.#untilGivenUp(this.#spool.drain());
    const oldest = this.#spool.oldestOf();
    const lost: LostAudio[] = [];
    for (const { log, openedAt } of safe ? [] : open) {
      // with nothing on its way, the file that had it all is gone
      const since = oldest.get(log.source) ?? (oldest.size === 0 ? openedAt : undefined);
      const { recording, contact } = log.opened;
      if (since !== undefined) lost.push({ recording, contact, ms: Math.round(this.#options.now() - since) });
    }
    // on a disk that hangs what is under way does not end
    if (safe) await this.#spool.close();
    return lost;
  }

  /** Waits for it; what failed is tried again meanwhile. False: it failed, or took too long. */
  async #untilGivenUp(work: Promise<unknown>): Promise<boolean> {
    const trying = setInterval(() => this.#spool.tick(), RETRY_LOOK_MS);
    let timer: NodeJS.Timeout | undefined;
    const givenUp = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, GIVE_UP_MS, false);
    });
    try {
      return await Promise.race([
        work.then(
          () => true,
          () => false,
        ),
        givenUp,
      ]);
    } finally {
      clearInterval(trying);
      clearTimeout(timer);
    }
  }

  #eachOpen(tell: (recording: RecordingId) => void): void {
    for (const { log } of this.#spooling.values()) tell(log.opened.recording);
  }

  #watchSync(now: SharedMs): void {
    const { unsyncedMs = Infinity, onUnsynced } = this.#options;
    const late = this.#spool.oldestUnsyncedMs(now) > unsyncedMs ? this.#spool.oldestOf() : undefined;
    for (const spooling of this.#spooling.values()) {
      const since = late?.get(spooling.log.source) ?? now;
      const unsynced = now - since > unsyncedMs;
      if (unsynced === spooling.unsynced) continue;
      spooling.unsynced = unsynced;
      onUnsynced?.(spooling.log.opened.recording, unsynced);
    }
  }

  /** What they have in the spool stays until the next start recovers it; here they must not stay for ever. */
  #endAbandoned(now: SharedMs): void {
    if (now < this.#lookedAt + ABANDONED_LOOK_MS) return;
    this.#lookedAt = now;
    for (const { log, heardAt, openedAt } of this.#spooling.values())
      if (!log.ended && now - heardAt > ABANDONED_MS)
        void log.end(recordingMs(heardAt - openedAt)).then(() => this.#forget(log));
  }

  #forget(log: RecordingLog): void {
    if (this.#spooling.delete(log.opened.recording)) this.#overflowSamples += log.overflowSamples;
  }

  #takeAll({ chunks, refused }: UnpackedChunks): void {
    this.counts.refusedChunks += refused;
    for (const chunk of chunks) this.#chunk(chunk);
  }

  #chunk(chunk: TapChunk): void {
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
    const length = samplesOf(chunk);
    const end = chunk.at + track.shift + length;
    if (end > elapsed + MAX_AHEAD_MS * SAMPLES_PER_MS) {
      track.shift = Math.max(0 - chunk.at, Math.round(elapsed - length - chunk.at));
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
