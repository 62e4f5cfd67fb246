import type { TranscriptSegment } from '../index/archive-index.ts';
import type { Transcript } from '../manifest/transcript.ts';

/** The form in which a transcript is signed and handed out. @param model - of the recognizer */
export const transcriptOf = (segments: readonly TranscriptSegment[], language: string, model: string): Transcript => ({
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
