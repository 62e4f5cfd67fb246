import type { ClipId } from '../speech-service.ts';
import type { NamedSpeech } from '../synthesis/named-speech.ts';

const MOST_STATIC = 10_000;

/** What the main thread has named, so that a replaced speech worker can be told again; and which static clips are ready. */
export class KnownSpeeches {
  readonly #static = new Map<ClipId, NamedSpeech>();
  readonly #dynamic = new Map<ClipId, NamedSpeech>();
  #ready = new Set<ClipId>();

  add(speech: NamedSpeech): void {
    const known = speech.kind === 'static' ? this.#static : this.#dynamic;
    known.delete(speech.clip);
    known.set(speech.clip, speech);
    if (this.#static.size <= MOST_STATIC) return;
    for (const oldest of this.#static.keys()) {
      this.#static.delete(oldest);
      return;
    }
  }

  forget(clip: ClipId): void {
    this.#dynamic.delete(clip);
  }

  ready(clip: ClipId): boolean {
    return this.#ready.has(clip);
  }

  setReady(clip: ClipId, ready: boolean): void {
    if (ready) this.#ready.add(clip);
    else this.#ready.delete(clip);
  }

  /** A worker has started and told what it has. */
  replaceReady(clips: readonly ClipId[]): void {
    this.#ready = new Set(clips);
  }

  *all(): Generator<NamedSpeech, void, void> {
    yield* this.#static.values();
    yield* this.#dynamic.values();
  }
}
