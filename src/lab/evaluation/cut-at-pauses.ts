const RATE = 8000;
const FRAME = 160;

/**
 * Cuts long audio as a line would: a caller's utterance ends at a pause, and at the latest after `longest` seconds. What is
 * short enough stays whole.
 *
 * @param audio - 8 kHz
 */
export function cutAtPauses(audio: Int16Array, longest = 15, shortest = 3): readonly Int16Array[] {
  const pieces: Int16Array[] = [];
  let rest = audio;
  while (rest.length > longest * RATE) {
    const at = quietest(rest, shortest * RATE, longest * RATE);
    pieces.push(rest.subarray(0, at));
    rest = rest.subarray(at);
  }
  return [...pieces, rest];
}

const PAUSE_FRAMES = 15;

/** The middle of the quietest 300 ms between two places. */
function quietest(audio: Int16Array, from: number, to: number): number {
  const energies: number[] = [];
  for (let at = from; at + FRAME <= to; at += FRAME)
    energies.push(audio.subarray(at, at + FRAME).reduce((sum, sample) => sum + sample * sample, 0));
  let best = from;
  let least = Infinity;
  for (let at = 0; at + PAUSE_FRAMES <= energies.length; at++) {
    const sum = energies.slice(at, at + PAUSE_FRAMES).reduce((total, energy) => total + energy, 0);
    if (sum <= least) {
      least = sum;
      best = from + Math.round((at + PAUSE_FRAMES / 2) * FRAME);
    }
  }
  return best;
}
