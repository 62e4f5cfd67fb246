import type { MonotonicMs } from '../domain/units.ts';
/* What a stream of RTP packets from one address proves: that somebody sends audio at the pace at which it is spoken. */

/** As much of a packet as tells who sends and how fast. */
export interface SourcePacket {
  readonly ssrc: number;
  readonly sequence: number;
  /** What the packet holds: 'audio' counts, 'key' (RFC 4733) and 'other' prove nothing but do not break a run. */
  readonly kind: 'audio' | 'key' | 'comfort-noise' | 'other';
  /** Audio in it, in milliseconds, by its payload: timestamps are the sender's to choose as well, and some are wrong. */
  readonly audioMs: number;
  readonly at: MonotonicMs;
}

/** Audio over time. */
interface Stretch {
  readonly since: MonotonicMs;
  readonly packets: number;
  /** Behind the first packet, what was lost included. */
  readonly audioMs: number;
}

/** Packets of one SSRC in sequence, without a pause and at a plausible pace. */
export interface SourceRun extends Stretch {
  readonly ssrc: number;
  readonly sequence: number;
  readonly lastAt: MonotonicMs;
  /** How many packets of audio there would be if none had been lost. */
  readonly expected: number;
  /** Those that did not come on the heels of the one before. */
  readonly spaced: number;
  /** Its end, as far back as none of the packets did. */
  readonly even: Stretch;
}

/** A pause, a hole or a lead over the clock beyond these begins a run anew. Milliseconds, packets. */
const LONGEST_PAUSE = 500;
const LARGEST_HOLE = 25;
const FARTHEST_OFF = 300;
/** On the heels: sooner than a quarter of what it holds. */
const HEELS = 1 / 4;
/** A first sign: no burst, nor several of them, nor one that we came to read by and by. */
const PLAUSIBLE = { packets: 5, ms: 70, off: 20, share: 1 / 4 };
/** Proof: a second in real time, by at least half of its packets. */
const CONFIRMED = { packets: 10, ms: 1_000, off: 40, share: 1 / 8 };

/** The run with one more packet; a late or doubled one changes nothing. */
export function continueRun(run: SourceRun | undefined, packet: SourcePacket): SourceRun {
  const { sequence, kind, at } = packet;
  const audio = kind === 'audio' ? 1 : 0;
  if (run === undefined || run.ssrc !== packet.ssrc || run.packets === 0) return begun(packet);
  const ahead = (sequence - run.sequence) & 0xffff;
  if (ahead === 0 || ahead >= 0x8000) return run;
  const pause = at - run.lastAt;
  if (ahead > LARGEST_HOLE || pause > LONGEST_PAUSE) return begun(packet);
  // while a key is down no audio comes: the time that passes is what its packets hold
  const held = audio === 1 ? ahead * packet.audioMs : pause;
  const spaced = audio === 0 || pause >= packet.audioMs * HEELS;
  const { since, packets, audioMs } = run;
  if (Math.abs(audioMs + held - (at - since)) > FARTHEST_OFF) return begun(packet);
  return {
    ssrc: run.ssrc,
    sequence,
    since,
    lastAt: at,
    packets: packets + audio,
    expected: run.expected + (audio === 1 ? ahead : 0),
    spaced: run.spaced + (spaced ? audio : 0),
    audioMs: audioMs + held,
    even: spaced
      ? { since: run.even.since, packets: run.even.packets + audio, audioMs: run.even.audioMs + held }
      : { since: at, packets: 1, audioMs: 0 },
  };
}

function begun({ ssrc, sequence, kind, at }: SourcePacket): SourceRun {
  const packets = kind === 'audio' ? 1 : 0;
  const stretch: Stretch = { since: at, packets, audioMs: 0 };
  return { ...stretch, ssrc, sequence, lastAt: at, expected: packets, spaced: packets, even: stretch };
}

/** A run that says nothing of what came before, for a source that has to prove itself again. */
export const runAnew = ({ ssrc, sequence, lastAt, packets }: SourceRun): SourceRun =>
  begun({ ssrc, sequence, kind: packets > 0 ? 'audio' : 'other', audioMs: 0, at: lastAt });

/** For how long it has been sending. */
export const durationOf = (run: SourceRun): number => run.lastAt - run.since;

/** Five packets in a row that did not come all at once. */
export const isPlausible = (run: SourceRun): boolean => isPaced(run.even, run.lastAt, PLAUSIBLE);

/** As much, perhaps with bursts in between. */
export const isSteady = (run: SourceRun): boolean => isPaced(run, run.lastAt, PLAUSIBLE);

/** A second of audio in a second of time. */
export const isConfirmed = (run: SourceRun): boolean =>
  isPaced(run, run.lastAt, CONFIRMED) && run.spaced >= CONFIRMED.packets && run.packets * 2 >= run.expected;

function isPaced({ since, packets, audioMs }: Stretch, lastAt: MonotonicMs, wanted: typeof PLAUSIBLE): boolean {
  const elapsed = lastAt - since;
  return (
    packets >= wanted.packets &&
    elapsed >= wanted.ms &&
    Math.abs(audioMs - elapsed) <= wanted.off + elapsed * wanted.share
  );
}
