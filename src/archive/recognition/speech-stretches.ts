import { levelDbfs } from '../../audio/level.ts';
/* Where somebody speaks on a channel of an archived recording: nothing waits for it, so it looks at pauses from both sides. Pure. */

/** Samples of 8 kHz. */
const RATE = 8_000;
const FRAME = 160;
/** Louder than the noise by so much, and than this at least. */
const OVER_NOISE_DB = 9;
const QUIETEST_DBFS = -52;
/** The noise may rise that fast, and is taken to be within these. */
const RISE_DB = 0.02;
const NOISE = { least: -80, most: -42 };
const BEFORE = 12;
const PAUSE = 25;
const SHORTEST = 8;
/** A recognizer takes 30 s; from so many frames on, the next quiet place is an end. */
const LONG = 18 * 50;
const LONGEST = 25 * 50;

export interface Stretch {
  /** Of its first sample, since sample 0 of the recording. */
  readonly from: number;
  readonly samples: Int16Array;
}

export interface StretchFinder {
  /** The next samples of the channel. @returns what has ended within them */
  push(samples: Int16Array): readonly Stretch[];
  /** There are no more. */
  end(): readonly Stretch[];
}

/** Frames of 20 ms that are louder than the noise, with what stands around them; parted at pauses of half a second. */
export function findStretches(): StretchFinder {
  let at = 0; // frames that were looked at
  let rest = new Int16Array(0);
  let noise = NOISE.most;
  let open: { readonly first: number; readonly frames: Int16Array[]; loud: number; quiet: number } | undefined;
  const before: Int16Array[] = [];

  function close(): Stretch[] {
    const done = open;
    open = undefined;
    if (done === undefined || done.loud < SHORTEST) return [];
    const kept = done.frames.slice(0, done.frames.length - Math.max(0, done.quiet - BEFORE));
    return [{ from: done.first * FRAME, samples: joined(kept) }];
  }

  function take(frame: Int16Array): Stretch[] {
    const level = levelDbfs(frame);
    noise = Math.min(NOISE.most, Math.max(NOISE.least, Math.min(noise + RISE_DB, level)));
    const loud = level > Math.max(noise + OVER_NOISE_DB, QUIETEST_DBFS);
    at += 1;
    if (open === undefined) {
      before.push(frame);
      if (before.length > BEFORE + 1) before.shift();
      if (!loud) return [];
      open = { first: at - before.length, frames: before.splice(0), loud: 1, quiet: 0 };
      return [];
    }
    open.frames.push(frame);
    if (loud) {
      open.loud += 1;
      open.quiet = 0;
    } else open.quiet += 1;
    const pause = open.frames.length > LONG ? 3 : PAUSE;
    return open.quiet >= pause || open.frames.length >= LONGEST ? close() : [];
  }

  return {
    push(samples) {
      const all = joined([rest, samples]);
      const found: Stretch[] = [];
      let from = 0;
      for (; from + FRAME <= all.length; from += FRAME) found.push(...take(all.subarray(from, from + FRAME)));
      rest = all.slice(from);
      return found;
    },
    end: () => close(),
  };
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const msOf = (samples: number): number => Math.round((samples * 1_000) / RATE);
