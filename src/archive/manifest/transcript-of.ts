import type { Transcript } from './transcript.ts';

/** What a transcript is made of, as the index keeps it. */
export interface SpokenSegment {
  readonly track: string;
  readonly speaker: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly text: string;
  readonly confidence: number | null;
  readonly words: readonly { readonly text: string; readonly fromMs: number; readonly toMs: number }[];
}

/** The form in which a transcript is signed and handed out. @param model - of the recognizer */
export const transcriptOf = (segments: readonly SpokenSegment[], language: string, model: string): Transcript => ({
  language,
  model,
  turns: segments.map(({ track, speaker, fromMs, toMs, text, confidence, words }) => ({
    channel: track === 'customer' ? 0 : 1,
    speaker,
    from_ms: fromMs,
    to_ms: toMs,
    text,
    ...(confidence === null ? {} : { confidence }),
    ...(words.length === 0
      ? {}
      : { words: words.map((word) => ({ text: word.text, from_ms: word.fromMs, to_ms: word.toMs })) }),
  })),
});
