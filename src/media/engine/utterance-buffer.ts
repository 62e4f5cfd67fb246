import type { LegSample } from '../../domain/units.ts';
/** Powers of two: 1 s while nobody speaks, 65 s at most. */
const SMALLEST = 8192;
const LARGEST = 524_288;

/**
 * What a caller has said lately, as 16-bit samples by position. Keeps a second of look-back; grows while an utterance is
 * retained, up to 65 s, after which an utterance loses its beginning.
 */
export class UtteranceBuffer {
  #ring = new Int16Array(SMALLEST);
  #end = 0;
  #from = 0;
  #retained: number | undefined;

  get end(): number {
    return this.#end;
  }

  /** Keeps everything from `at` on. The one retained before is forgotten. */
  retain(at: LegSample): void {
    this.#retained = at;
    if (this.#ring.length === SMALLEST) return;
    const needed = this.#end - Math.max(at, this.#from);
    let size = SMALLEST;
    while (size < needed) size *= 2;
    if (size < this.#ring.length) this.#reallocate(size);
  }

  /** Appends; a stretch that was left out is zeros, a stretch that comes late is put in its place. */
  write(at: LegSample, samples: Int16Array, count: number): void {
    if (at > this.#end) this.#skipTo(at);
    this.#reach(at + count);
    const wrap = this.#ring.length - 1;
    const place = at & wrap;
    const whole = at >= this.#from && count === samples.length && place + count <= this.#ring.length;
    if (whole) this.#ring.set(samples, place);
    else for (let i = Math.max(0, this.#from - at); i < count; i++) this.#ring[(at + i) & wrap] = samples[i] ?? 0;
  }

  /** A copy; positions that are not here (too old, not yet come) are left out. */
  copy(from: number, to: number): Int16Array<ArrayBuffer> {
    const start = Math.max(from, this.#from);
    const end = Math.min(to, this.#end);
    const out = new Int16Array(Math.max(0, end - start));
    const wrap = this.#ring.length - 1;
    for (let i = 0; i < out.length; i++) out[i] = this.#ring[(start + i) & wrap] ?? 0;
    return out;
  }

  #skipTo(at: LegSample): void {
    if (at - this.#end >= LARGEST) {
      this.#ring.fill(0);
      this.#from = at;
      this.#end = at;
      return;
    }
    const before = this.#end;
    this.#reach(at);
    const wrap = this.#ring.length - 1;
    for (let i = Math.max(before, this.#from); i < at; i++) this.#ring[i & wrap] = 0;
  }

  #reach(end: number): void {
    if (end <= this.#end) return;
    const oldest = this.#retained ?? end;
    let size = this.#ring.length;
    while (size < LARGEST && end - Math.max(oldest, this.#from) > size) size *= 2;
    if (size > this.#ring.length) this.#reallocate(size);
    this.#end = end;
    this.#from = Math.max(this.#from, end - this.#ring.length);
  }

  #reallocate(size: number): void {
    const next = new Int16Array(size);
    const from = Math.max(this.#from, this.#end - size);
    const least = Math.min(size, this.#ring.length);
    for (let at = from; at < this.#end; ) {
      // as far as neither of them wraps
      const count = Math.min(this.#end - at, least - (at & (least - 1)));
      const place = at & (this.#ring.length - 1);
      next.set(this.#ring.subarray(place, place + count), at & (size - 1));
      at += count;
    }
    this.#ring = next;
    this.#from = from;
  }
}
