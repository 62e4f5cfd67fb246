import { DtmfDetector } from '../../audio/dtmf-detector.ts';
import { findCardNumbers } from '../../redaction/card-numbers.ts';

/** A key that sounds in the audio. Which key it is is told to nobody. */
export interface FoundTone {
  readonly channel: number;
  /** Since sample 0. */
  readonly at_ms: number;
}

/** Keys, one after the other, that are the number of a payment card. */
export interface KeyedCard {
  readonly channel: number;
  readonly from_ms: number;
  readonly to_ms: number;
}

export interface FoundTones {
  readonly tones: readonly FoundTone[];
  readonly cards: readonly KeyedCard[];
}

export interface ToneScan {
  /** The samples of each channel that come next, at 8 kHz. */
  hear(block: readonly Int16Array[]): void;
  finish(): FoundTones;
}

const PER_MS = 8;
/** What the detector is given at a time: where a key is found is known as exactly. */
const STEP = 80;
/** Who takes longer between two keys has finished the number. */
const LONGEST_PAUSE_MS = 10_000;
/** A key is reported some 40 ms after it began. */
const BEFORE_MS = 60;
const AFTER_MS = 400;

interface Pressed {
  readonly key: string;
  readonly at: number;
}

/** Finds the tones of keys (ITU-T Q.23) in audio, and numbers of cards among them. */
export function openToneScan(channels: number): ToneScan {
  const detectors = Array.from({ length: channels }, () => new DtmfDetector());
  const pressed: Pressed[][] = detectors.map(() => []);
  let samples = 0;
  return {
    hear(block) {
      for (const [channel, detector] of detectors.entries()) {
        const track = block[channel] ?? new Int16Array(0);
        for (let from = 0; from < track.length; from += STEP) {
          const key = detector.hear(track.subarray(from, from + STEP));
          if (key !== undefined) pressed[channel]?.push({ key, at: Math.round((samples + from) / PER_MS) });
        }
      }
      samples += block[0]?.length ?? 0;
    },
    finish: () => ({
      tones: pressed.flatMap((keys, channel) => keys.map(({ at }) => ({ channel, at_ms: at }))),
      cards: pressed.flatMap((keys, channel) => entriesOf(keys).flatMap((entry) => cardsIn(entry, channel))),
    }),
  };
}

/** Digits that follow each other; a key that is none (`#`, `*`) ends an entry. */
function entriesOf(keys: readonly Pressed[]): readonly (readonly Pressed[])[] {
  const entries: Pressed[][] = [[]];
  let before: Pressed | undefined;
  for (const one of keys) {
    const digit = /^\d$/.test(one.key);
    if (!digit || (before !== undefined && one.at - before.at > LONGEST_PAUSE_MS)) entries.push([]);
    if (digit) entries.at(-1)?.push(one);
    before = one;
  }
  return entries;
}

const cardsIn = (entry: readonly Pressed[], channel: number): readonly KeyedCard[] =>
  // with spaces every digit is a token: the number may begin at each of them
  findCardNumbers(entry.map(({ key }) => key).join(' ')).flatMap(({ from, to }) => {
    const [first, last] = [entry[from / 2], entry[(to - 1) / 2]];
    return first === undefined || last === undefined
      ? []
      : [{ channel, from_ms: Math.max(0, first.at - BEFORE_MS), to_ms: last.at + AFTER_MS }];
  });
