import {
  CARD_NUMBER,
  findSensitiveNumbers,
  hideNumbers,
  IDENTITY_NUMBER,
  type SensitiveNumber,
} from '../../redaction/hide-numbers.ts';
import { redactText } from '../../redaction/redact-text.ts';
import type { RecordingSpan, TranscriptSegment, TranscriptWord } from '../index/archive-index.ts';

/* What was said, masked, with its words in time, and where the audio holds a number that nobody is to hear. */

/** Text as the journal has it. */
export interface HeardSegment extends TranscriptSegment {
  /** Whatever in it may be the caller's is hidden. */
  readonly personal: boolean;
}

const SOURCES: Readonly<Record<SensitiveNumber['label'], string>> = {
  [CARD_NUMBER]: 'card-number',
  [IDENTITY_NUMBER]: 'identity-number',
};
/** Speech begins and ends that much beside where it was noticed. */
const AROUND_MS = 300;
/** A number read out in groups: the most utterances that make one number, and the longest pause between two. */
const MOST_TOGETHER = 5;
const LONGEST_PAUSE_MS = 15_000;

export function maskedSegments(heard: readonly HeardSegment[]): readonly TranscriptSegment[] {
  return heard.map(({ personal, ...segment }) => {
    const hidden = hideNumbers(segment.text);
    const text = personal ? redactText(hidden) : hidden;
    return { ...segment, text, words: wordsOf(text, segment) };
  });
}

/** Whole utterances: no recognizer tells in which of its moments a digit was said. In order of time, none twice. */
export function spansOfNumbers(heard: readonly HeardSegment[]): readonly RecordingSpan[] {
  const spans = new Map<string, RecordingSpan>();
  const add = ({ track, fromMs, toMs }: HeardSegment, source: string): void =>
    void spans.set(`${track} ${fromMs} ${source}`, {
      track,
      fromMs: Math.max(0, fromMs - AROUND_MS),
      toMs: toMs + AROUND_MS,
      kind: 'masked',
      level: 'C2',
      source,
    });
  for (const track of new Set(heard.map((segment) => segment.track))) {
    const own = heard.filter((segment) => segment.track === track);
    for (const [n, segment] of own.entries()) {
      for (const [label, source] of Object.entries(SOURCES)) if (segment.text.includes(label)) add(segment, source);
      const together = own.slice(n, n + MOST_TOGETHER);
      const apart = together.findIndex(
        ({ fromMs }, i) => i > 0 && fromMs - (together[i - 1]?.toMs ?? fromMs) > LONGEST_PAUSE_MS,
      );
      const group = apart === -1 ? together : together.slice(0, apart);
      for (const { from, to, label } of findSensitiveNumbers(group.map(({ text }) => text).join(' '))) {
        let at = 0;
        for (const part of group) {
          if (from < at + part.text.length && to > at) add(part, SOURCES[label]);
          at += part.text.length + 1;
        }
      }
    }
  }
  return [...spans.values()].toSorted((a, b) => a.fromMs - b.fromMs);
}

/** A Chinese character with the punctuation after it, a label, or what stands between spaces. */
const WORD = /\[[^\]]*\][^\s\p{Script=Han}[]*|\p{Script=Han}[，。！？、；：]*|[^\s\p{Script=Han}[]+/gu;

/** Recognizer and voice give no times of words: each has the share of the utterance that its letters have of the text. */
export function wordsOf(
  text: string,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): readonly TranscriptWord[] {
  const words = text.match(WORD) ?? [];
  // a Chinese character is a syllable, and takes as long as some three letters
  const weights = words.map((word) => (/^\p{Script=Han}/u.test(word) ? 3 : word.length));
  const whole = Math.max(
    1,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
  let passed = 0;
  return words.map((word, n) => {
    const from = fromMs + Math.round(((toMs - fromMs) * passed) / whole);
    passed += weights[n] ?? 0;
    return { text: word, fromMs: from, toMs: fromMs + Math.round(((toMs - fromMs) * passed) / whole) };
  });
}
