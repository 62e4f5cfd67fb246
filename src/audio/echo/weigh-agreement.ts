/** A delay that stands out like this is one; less when it was found twice, within 3 ms. */
const SURE = 11;
export const CLEAR = 7.5;
/** Levels that move together, by frames that were compared: chance gives 0.64 of 16, and 0.54 of 24, in one of twenty. */
const TOGETHER: readonly Enough[] = [
  { frames: 24, correlation: 0.68 },
  { frames: 16, correlation: 0.78 },
];
/** Less, where both ways of looking agree to 30 ms. */
const BOTH = { frames: 12, correlation: 0.6, clarity: 6 };
const SAME_PLACE = 240;
/** What is louder than all that is known explains must move as the playback does, too: voices agree by chance. */
const LOUDER = { frames: 8, correlation: 0.75 };
const LOUDER_ALONE = { frames: 24, correlation: 0.85 };
const NO_TRACE = { correlation: 0.6, clarity: 6.5 };

interface Enough {
  readonly frames: number;
  readonly correlation: number;
}

/** What speaks for a sound being playback. */
export interface PlaybackAgreement {
  /** Samples, by the waveforms; and how far it stands out of other delays. */
  readonly delay: number;
  readonly clarity: number;
  /** How often in a row the waveforms have told this delay clearly. */
  readonly repeated: number;
  /** Samples, by levels per band; how they move together, -1 … 1; and the frames that were compared. */
  readonly levelsDelay: number;
  readonly correlation: number;
  readonly frames: number;
  /** The sound is louder than the echo that is known. */
  readonly louder: boolean;
}

/** Whether the levels can change anything about what the waveforms say: comparing them is not for nothing. */
export function levelsTell(found: Omit<PlaybackAgreement, 'levelsDelay' | 'correlation'>): boolean {
  const { clarity, repeated, frames, louder } = found;
  if (clarity >= SURE || TOGETHER.some((enough) => frames >= enough.frames)) return true;
  return (frames >= BOTH.frames && clarity >= BOTH.clarity) || (louder && frames >= LOUDER.frames && repeated >= 2);
}

/** @returns the delay of the playback that the sound is; `none`: nothing speaks for it; undefined: not yet decided */
export function weighAgreement(found: PlaybackAgreement): number | 'none' | undefined {
  const { delay, clarity, levelsDelay, correlation, frames, louder } = found;
  // a voice repeats itself with every period of its pitch: one look may find a wrong one of them
  const samePlace = Math.abs(delay - levelsDelay) <= SAME_PLACE;
  const clear = (clarity >= SURE && samePlace) || found.repeated >= 2;
  const both = samePlace && clarity >= BOTH.clarity && correlation >= BOTH.correlation && frames >= BOTH.frames;
  const together = (enough: Enough): boolean => frames >= enough.frames && correlation >= enough.correlation;
  if (louder ? clear && samePlace && together(LOUDER) : clear || both) return delay;
  if (louder ? together(LOUDER_ALONE) : TOGETHER.some(together)) return levelsDelay;
  return clarity < NO_TRACE.clarity && correlation < NO_TRACE.correlation ? 'none' : undefined;
}

/** Whether one look at the waveforms tells the delay by itself. */
export const isSure = (clarity: number): boolean => clarity >= SURE;
