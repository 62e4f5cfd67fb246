/* What a stream of RTP packets from one address proves: that somebody sends audio at the pace at which it is spoken. */

/** As much of a packet as tells who sends and how fast. */
export interface SourcePacket {
  readonly ssrc: number;
  readonly sequence: number;
  /** What the packet holds: 'audio' counts, 'key' (RFC 4733) and 'other' prove nothing but do not break a run. */
  readonly kind: 'audio' | 'key' | 'comfort-noise' | 'other';
  /** Audio in it, in milliseconds, by its payload: timestamps are the sender's to choose as well, and some are wrong. */
  readonly audioMs: number;
  /** Monotonic, in milliseconds. */
  readonly at: number;
}

/** Packets of one SSRC in sequence, without a pause and at a plausible pace. */
export interface SourceRun {
  readonly ssrc: number;
  readonly sequence: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Packets of audio, and how many there would be if none had been lost. */
  readonly packets: number;
  readonly expected: number;
  /** Audio behind the first packet, what was lost included. */
  readonly audioMs: number;
}

/** A pause, a hole or a lead over the clock beyond these begins a run anew. Milliseconds, packets. */
const LONGEST_PAUSE = 500;
const LARGEST_HOLE = 25;
const FARTHEST_OFF = 300;
/** A first sign: not a burst, though it may have been jolted on its way. */
const PLAUSIBLE = { packets: 3, ms: 30, off: 20, share: 1 / 4 };
/** Proof: a second in real time, by at least half of its packets. */
const CONFIRMED = { packets: 10, ms: 1_000, off: 40, share: 1 / 8 };

/** The run with one more packet; a late or doubled one changes nothing. */
export function continueRun(run: SourceRun | undefined, packet: SourcePacket): SourceRun {
  const { ssrc, sequence, kind, at } = packet;
  const audio = kind === 'audio' ? 1 : 0;
  const fresh: SourceRun = { ssrc, sequence, firstAt: at, lastAt: at, packets: audio, expected: audio, audioMs: 0 };
  if (run === undefined || run.ssrc !== ssrc || run.packets === 0) return fresh;
  const ahead = (sequence - run.sequence) & 0xffff;
  if (ahead === 0 || ahead >= 0x8000) return run;
  const pause = at - run.lastAt;
  if (ahead > LARGEST_HOLE || pause > LONGEST_PAUSE) return fresh;
  // while a key is down no audio comes: the time that passes is what its packets hold
  const held = audio === 1 ? ahead * packet.audioMs : pause;
  const next: SourceRun = {
    ssrc,
    sequence,
    firstAt: run.firstAt,
    lastAt: at,
    packets: run.packets + audio,
    expected: run.expected + (audio === 1 ? ahead : 0),
    audioMs: run.audioMs + held,
  };
  return Math.abs(next.audioMs - (at - next.firstAt)) > FARTHEST_OFF ? fresh : next;
}

/** A run that says nothing of what came before, for a source that has to prove itself again. */
export const runAnew = (run: SourceRun): SourceRun => ({
  ...run,
  firstAt: run.lastAt,
  packets: Math.min(1, run.packets),
  expected: Math.min(1, run.packets),
  audioMs: 0,
});

/** Three packets that did not come all at once. */
export const isPlausible = (run: SourceRun): boolean => proves(run, PLAUSIBLE);

/** A second of audio in a second of time. */
export const isConfirmed = (run: SourceRun): boolean => proves(run, CONFIRMED);

function proves(run: SourceRun, wanted: typeof PLAUSIBLE): boolean {
  const elapsed = run.lastAt - run.firstAt;
  return (
    run.packets >= wanted.packets &&
    run.packets * 2 >= run.expected &&
    elapsed >= wanted.ms &&
    Math.abs(run.audioMs - elapsed) <= wanted.off + elapsed * wanted.share
  );
}
