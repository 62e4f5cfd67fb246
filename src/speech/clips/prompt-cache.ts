import { asError, type ErrorCode, IvrError } from '../../domain/error.ts';
import type { Milliseconds } from '../../domain/units.ts';
import type { CancelTimer, Clock } from '../../lib/clock.ts';
import { sharedAborter } from '../../lib/shared-aborter.ts';
import type { ClipId } from '../speech-service.ts';
import type { NamedSpeech } from '../synthesis/named-speech.ts';
import { ClipAudio, type ClipReader } from './clip-audio.ts';
import type { ClipFolder } from './clip-folder.ts';
import { ClipMemory } from './clip-memory.ts';

export interface PromptCacheOptions {
  readonly synthesize: (speech: NamedSpeech, signal: AbortSignal) => AsyncIterable<Int16Array>;
  /** Absent: static clips live in memory alone. */
  readonly folder?: ClipFolder;
  readonly memoryBytes: number;
  /** A dynamic clip is forgotten after this even when nobody releases it. */
  readonly dynamicLife: Milliseconds;
  /** How long a reader waits for a clip that nobody has named yet: the name and the request come by different ports. */
  readonly unknownWait: Milliseconds;
  readonly clock: Clock;
  /** Whether a static clip is now there, in memory or on disk. */
  readonly onReady: (clip: ClipId, ready: boolean) => void;
  /** A dynamic clip no longer exists. */
  readonly onForgotten: (clip: ClipId) => void;
  readonly onFailed: (speech: NamedSpeech, error: IvrError) => void;
}

/** Texts of static clips that are remembered; whoever plays a clip has named it just before. */
const MOST_NAMES = 10_000;

interface DynamicClip {
  readonly audio: ClipAudio;
  readonly stop: AbortController;
  readonly expires: CancelTimer;
}

interface WaitingReader {
  readonly reader: ClipReader;
  readonly keepWaiting: CancelTimer;
}

/**
 * What the bot says, by name. Static clips: memory, then disk, then the synthesizer, whose audio goes on to the readers
 * while it is made; one synthesis for a name however many ask. Dynamic clips hold personal data: they never touch a
 * disk, and audio and text are forgotten on release or when their time is over.
 */
export class PromptCache implements AsyncDisposable {
  readonly #options: PromptCacheOptions;
  readonly #memory: ClipMemory;
  readonly #fixed = new Map<ClipId, () => Int16Array>();
  readonly #named = new Map<ClipId, NamedSpeech>();
  readonly #making = new Map<ClipId, ClipAudio>();
  readonly #dynamic = new Map<ClipId, DynamicClip>();
  readonly #waiting = new Map<ClipId, Set<WaitingReader>>();
  readonly #onDisk: Set<ClipId>;
  readonly #work = new Set<Promise<void>>();
  readonly #closing = sharedAborter();

  constructor(options: PromptCacheOptions) {
    this.#options = options;
    this.#onDisk = new Set(options.folder?.clips);
    this.#memory = new ClipMemory(options.memoryBytes, (clip) => {
      if (!this.#onDisk.has(clip)) options.onReady(clip, false);
    });
  }

  get memoryBytes(): number {
    return this.#memory.bytes;
  }

  get dynamicClips(): number {
    return this.#dynamic.size;
  }

  /** A clip that needs no synthesis and is never dropped: music on hold, a file. */
  fix(clip: ClipId, samples: () => Int16Array): void {
    this.#fixed.set(clip, samples);
    this.#serveWaiting(clip);
  }

  /** Names a speech. @param start - makes it (or takes it from disk) at once; else when somebody asks for it */
  say(speech: NamedSpeech, start: boolean): void {
    const { clip, kind } = speech;
    if (this.#closing.signal.aborted) return;
    if (kind === 'static') {
      this.#name(speech);
      if (start) this.#obtain(speech);
    } else if (!this.#dynamic.has(clip)) this.#makeDynamic(speech);
    this.#serveWaiting(clip);
  }

  /** Static speech, made and stored. @throws IvrError SYNTHESIS_FAILED, SYNTHESIZER_UNREACHABLE */
  prepare(speech: NamedSpeech): Promise<void> {
    this.#name(speech);
    return new Promise((resolve, reject) => {
      this.#obtain(speech).follow({
        chunk: (_offset, _samples, last) => (last ? resolve() : undefined),
        failed: (code) => reject(new IvrError(code, 'a prompt could not be synthesised', { clip: speech.clip })),
      });
    });
  }

  /** @returns a function that ends the reading early */
  fetch(clip: ClipId, reader: ClipReader): () => void {
    const audio = this.#find(clip);
    return audio === undefined ? this.#wait(clip, reader) : audio.follow(reader);
  }

  /** Forgets a dynamic clip; static ones stay. */
  release(clip: ClipId): void {
    const dynamic = this.#dynamic.get(clip);
    if (dynamic === undefined) return;
    this.#dynamic.delete(clip);
    dynamic.expires();
    dynamic.stop.abort();
    dynamic.audio.fail('CANCELLED');
    this.#options.onForgotten(clip);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    for (const clip of this.#dynamic.keys()) this.release(clip);
    for (const waiting of this.#waiting.values()) for (const { keepWaiting } of waiting) keepWaiting();
    this.#waiting.clear();
    await Promise.allSettled(this.#work);
  }

  #name(speech: NamedSpeech): void {
    this.#named.delete(speech.clip);
    this.#named.set(speech.clip, speech);
    if (this.#named.size <= MOST_NAMES) return;
    for (const oldest of this.#named.keys()) {
      this.#named.delete(oldest);
      return;
    }
  }

  #find(clip: ClipId): ClipAudio | undefined {
    const fixed = this.#fixed.get(clip);
    if (fixed !== undefined) return ClipAudio.complete(fixed());
    const dynamic = this.#dynamic.get(clip);
    if (dynamic !== undefined) return dynamic.audio;
    const named = this.#named.get(clip);
    return named === undefined ? undefined : this.#obtain(named);
  }

  /** The one copy of a static clip: finished, or the one that is being made. */
  #obtain(speech: NamedSpeech): ClipAudio {
    const { clip } = speech;
    const making = this.#making.get(clip);
    if (making !== undefined) return making;
    const ready = this.#memory.get(clip);
    if (ready !== undefined) return ClipAudio.complete(ready);
    const audio = new ClipAudio(true);
    this.#making.set(clip, audio);
    this.#track(
      this.#makeStatic(speech, audio).catch((thrown: unknown) => this.#fail(speech, audio, thrown)),
      () => this.#making.delete(clip),
    );
    return audio;
  }

  async #makeStatic(speech: NamedSpeech, audio: ClipAudio): Promise<void> {
    const { clip } = speech;
    const { folder, onReady } = this.#options;
    const found = this.#onDisk.has(clip) ? await folder?.read(clip) : undefined;
    if (found === undefined) {
      if (this.#onDisk.delete(clip)) onReady(clip, false);
      await this.#synthesize(speech, audio, this.#closing.signal);
    } else audio.append(found);
    const whole = audio.whole();
    this.#memory.put(clip, whole);
    audio.complete();
    onReady(clip, true);
    if (found === undefined && folder !== undefined && (await folder.write(clip, whole))) this.#onDisk.add(clip);
  }

  #makeDynamic(speech: NamedSpeech): void {
    const { clip } = speech;
    const { clock, dynamicLife } = this.#options;
    const audio = new ClipAudio(false);
    const stop = sharedAborter();
    const expires = clock.after(dynamicLife, () => this.release(clip));
    this.#dynamic.set(clip, { audio, stop, expires });
    this.#track(
      this.#synthesize(speech, audio, stop.signal).then(
        () => (audio.ended ? undefined : audio.complete()),
        (thrown: unknown) => (stop.signal.aborted ? undefined : this.#fail(speech, audio, thrown)),
      ),
    );
  }

  async #synthesize(speech: NamedSpeech, audio: ClipAudio, signal: AbortSignal): Promise<void> {
    if (speech.text === '') return;
    for await (const chunk of this.#options.synthesize(speech, signal)) {
      if (signal.aborted) throw new IvrError('CANCELLED', 'the synthesis was cancelled');
      audio.append(chunk);
    }
  }

  #fail(speech: NamedSpeech, audio: ClipAudio, thrown: unknown): void {
    const error =
      thrown instanceof IvrError
        ? thrown
        : new IvrError('SYNTHESIS_FAILED', 'the synthesis failed', {}, asError(thrown));
    audio.fail(error.code);
    if (!this.#closing.signal.aborted) this.#options.onFailed(speech, error);
  }

  #track(work: Promise<void>, after: () => void = () => undefined): void {
    const tracked = work.finally(() => {
      after();
      this.#work.delete(tracked);
    });
    this.#work.add(tracked);
  }

  #wait(clip: ClipId, reader: ClipReader): () => void {
    const all = this.#waiting.get(clip) ?? new Set();
    this.#waiting.set(clip, all);
    const leave = (): void => {
      waiting.keepWaiting();
      all.delete(waiting);
      if (all.size === 0 && this.#waiting.get(clip) === all) this.#waiting.delete(clip);
    };
    const code: ErrorCode = 'NOT_FOUND';
    const waiting: WaitingReader = {
      reader,
      keepWaiting: this.#options.clock.after(this.#options.unknownWait, () => {
        leave();
        reader.failed(code);
      }),
    };
    all.add(waiting);
    return leave;
  }

  #serveWaiting(clip: ClipId): void {
    const waiting = this.#waiting.get(clip);
    if (waiting === undefined) return;
    this.#waiting.delete(clip);
    for (const { reader, keepWaiting } of waiting) {
      keepWaiting();
      this.#find(clip)?.follow(reader);
    }
  }
}
