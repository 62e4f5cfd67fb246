import { codecOf } from '../audio/codecs.ts';
import { CODEC_NAMES, type CodecName, octetsPerSample } from '../domain/codec.ts';
import { type RecordingSample, recordingSample, TELEPHONE_RATE } from '../domain/units.ts';
import { LOST_BY_CRASH_MS } from './loss-limits.ts';
import type { AudioPiece } from './spool-contents.ts';
import type { GapReason } from './tap.ts';

export interface TrackGap {
  readonly at: RecordingSample;
  readonly samples: number;
  /** `media-moved`: the leg lost its media and was given other media; `not-received`: nothing came and nobody said why. */
  readonly because: GapReason | 'media-moved' | 'not-received';
}

/** The pieces of one track on the recording's time line. */
export interface TrackTimeline {
  readonly track: string;
  readonly codecs: readonly CodecName[];
  /** Sample of the first piece, and after the last. */
  readonly from: number;
  readonly to: number;
  /** By `at`. */
  readonly pieces: readonly AudioPiece[];
  readonly longest: number;
}

const PER_MS = TELEPHONE_RATE / 1000;
/** Holes shorter than 10 ms are the drift correction's; they are silence, not gaps. */
const SMALLEST_HOLE = 80;

export function layOutTracks(audio: readonly AudioPiece[]): readonly TrackTimeline[] {
  const tracks = new Map<string, AudioPiece[]>();
  for (const piece of audio) {
    const pieces = tracks.get(piece.track);
    if (pieces === undefined) tracks.set(piece.track, [piece]);
    else pieces.push(piece);
  }
  return [...tracks]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([track, pieces]) => ({
      track,
      codecs: CODEC_NAMES.filter((codec) => pieces.some((piece) => piece.codec === codec)),
      from: pieces.reduce((from, { at }) => Math.min(from, at), Infinity),
      to: pieces.reduce((to, piece) => Math.max(to, endOf(piece)), 0),
      pieces: pieces.sort((a, b) => a.at - b.at || a.sequence - b.sequence),
      longest: pieces.reduce((longest, { length }) => Math.max(longest, length), 0),
    }));
}

const endOf = (piece: AudioPiece): number =>
  piece.gaps.reduce((end, gap) => Math.max(end, gap.at + gap.samples), piece.at + piece.length);

/** The pieces that touch the window, in the order in which they came: of two that overlap the later one is heard. */
export function piecesWithin({ pieces, longest }: TrackTimeline, from: number, to: number): readonly AudioPiece[] {
  let low = 0;
  for (let high = pieces.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((pieces[middle]?.at ?? Infinity) < from - longest) low = middle + 1;
    else high = middle;
  }
  const within: AudioPiece[] = [];
  for (let piece = pieces[low]; piece !== undefined && piece.at < to; piece = pieces[++low])
    if (piece.at + piece.length > from) within.push(piece);
  return within.sort((a, b) => a.sequence - b.sequence);
}

/**
 * What is missing from a track: the gaps that the tap told of, and the holes between its pieces.
 *
 * @param end - where the track should end: the recording's end unless its tap was closed
 */
export function gapsOf(timeline: TrackTimeline, end: number): readonly TrackGap[] {
  const gaps: TrackGap[] = gapsLeft(timeline.pieces);
  let covered = timeline.from;
  const covers = [
    ...timeline.pieces.map((piece) => ({ at: piece.at, to: piece.at + piece.length })),
    ...gaps.map(({ at, samples }) => ({ at, to: at + samples })),
  ];
  for (const { at, to } of [...covers.sort((a, b) => a.at - b.at), { at: end, to: end }]) {
    if (at - covered >= SMALLEST_HOLE && expectsAudio(timeline.track))
      gaps.push({ at: recordingSample(covered), samples: at - covered, because: 'not-received' });
    covered = Math.max(covered, to);
  }
  return joinGaps(gaps);
}

/** The gaps that the tap told of, without what came later after all: a piece fills the gaps of those before it. */
function gapsLeft(pieces: readonly AudioPiece[]): TrackGap[] {
  const told = pieces.flatMap(({ gaps, sequence }) => gaps.map((gap) => ({ ...gap, sequence })));
  const late = corrections(pieces);
  const left = told.flatMap(({ sequence, ...gap }) =>
    late.reduce<TrackGap[]>(
      (parts, piece) => (piece.sequence > sequence ? parts.flatMap((part) => cut(part, piece)) : parts),
      [gap],
    ),
  );
  return left.filter(({ samples }) => samples > 0);
}

/** Pieces that begin before the end of an earlier one, in the order in which they came. */
function corrections(pieces: readonly AudioPiece[]): readonly AudioPiece[] {
  let end = 0;
  return [...pieces]
    .sort((a, b) => a.sequence - b.sequence)
    .filter((piece) => {
      const late = piece.at < end && piece.gaps.length === 0;
      end = Math.max(end, piece.at + piece.length);
      return late;
    });
}

function cut(gap: TrackGap, { at, length }: AudioPiece): TrackGap[] {
  const end = gap.at + gap.samples;
  if (at + length <= gap.at || end <= at) return [gap];
  return [
    { ...gap, samples: Math.max(0, at - gap.at) },
    { ...gap, at: recordingSample(at + length), samples: Math.max(0, end - at - length) },
  ].filter(({ samples }) => samples > 0);
}

/** A leg that moves to other media: when it had them, and how long it had none. */
export interface MediaMove {
  readonly at_ms: number;
  readonly after_ms: number;
}

/** Of the holes that nothing explains, those that a move to other media made, with what its old place had not handed on yet. */
export function explainMoves(gaps: readonly TrackGap[], moves: readonly MediaMove[]): readonly TrackGap[] {
  const moved = ({ at, samples }: TrackGap): boolean =>
    moves.some(({ at_ms, after_ms }) => {
      const [from, to] = [(at_ms - after_ms - LOST_BY_CRASH_MS) * PER_MS, (at_ms + LOST_BY_CRASH_MS) * PER_MS];
      return at >= from && at + samples <= to;
    });
  return gaps.map((gap) => (gap.because === 'not-received' && moved(gap) ? { ...gap, because: 'media-moved' } : gap));
}

/** Between the bot's pieces nothing was sent, which is not a gap. */
const expectsAudio = (track: string): boolean => track !== 'bot';

function joinGaps(gaps: readonly TrackGap[]): readonly TrackGap[] {
  const joined: TrackGap[] = [];
  for (const gap of [...gaps].sort((a, b) => a.at - b.at)) {
    const last = joined.at(-1);
    if (last !== undefined && last.because === gap.because && gap.at <= last.at + last.samples)
      joined[joined.length - 1] = { ...last, samples: Math.max(last.samples, gap.at + gap.samples - last.at) };
    else joined.push(gap);
  }
  return joined;
}

/** Samples of one codec, or of all, that came: the gaps within pieces did not. */
export function heardIn({ pieces }: TrackTimeline, codec?: CodecName): number {
  let heard = 0;
  for (const piece of pieces) {
    if (codec !== undefined && piece.codec !== codec) continue;
    let missing = 0;
    for (const gap of piece.gaps)
      missing += Math.max(0, Math.min(gap.at + gap.samples, piece.at + piece.length) - Math.max(gap.at, piece.at));
    heard += Math.max(0, piece.length - missing);
  }
  return heard;
}

/** One window of a track as octets of one codec; where nothing of that codec came there is silence. */
export function readWindow(timeline: TrackTimeline, name: CodecName, from: RecordingSample, samples: number): Buffer {
  const codec = codecOf(name);
  const width = octetsPerSample(codec);
  const window = Buffer.alloc(samples * width, codec.silence);
  for (const piece of piecesWithin(timeline, from, from + samples)) {
    const start = Math.max(piece.at, from);
    const end = Math.min(piece.at + piece.length, from + samples);
    const into = window.subarray((start - from) * width, (end - from) * width);
    if (piece.codec !== name) into.fill(codec.silence);
    else into.set(piece.octets().subarray((start - piece.at) * width, (end - piece.at) * width));
  }
  return window;
}
