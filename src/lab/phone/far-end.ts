import type { Milliseconds, SharedMs } from '../../domain/units.ts';
import { ms } from '../../domain/units.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Endpoint, EndpointEvent, UtteranceId } from '../../media/media-server.ts';
import type { RecognitionJob, SpeechService } from '../../speech/speech-service.ts';
import { findWords, wordsOf } from './match-text.ts';

/** Longer stretches are cut for the recognizer; people rarely speak ten seconds without a breath. */
const LONGEST_UTTERANCE = ms(10_000);
const RECOGNITION_DEADLINE = ms(15_000);

export interface HeardText {
  readonly text: string;
  readonly confidence: number;
  /** When it began and ended to be said. */
  readonly beganAt: SharedMs;
  readonly endedAt: SharedMs;
}

/** What the telephone hears: whether the far end speaks, since when, and its words so far. */
export interface FarEnd {
  readonly speakingSince: SharedMs | undefined;
  readonly silentSince: SharedMs | undefined;
  /** Utterances that are still being recognised. */
  readonly pending: number;
  /** Whether the text was said since the last time a text was found; marks its place. */
  find(text: string, worstRate: number): boolean;
  onEvent(event: EndpointEvent): void;
  close(): void;
}

export interface FarEndOptions {
  readonly endpoint: Endpoint;
  readonly speech: SpeechService | undefined;
  readonly language: string;
  readonly clock: Clock;
  readonly onHeard: (heard: HeardText) => void;
  readonly onChange: () => void;
}

export function openFarEnd({ endpoint, speech, language, clock, onHeard, onChange }: FarEndOptions): FarEnd {
  const jobs = new Map<number, RecognitionJob>();
  const texts = new Map<number, string>();
  let order = 0;
  /** Words up to here have been found before. */
  let found = 0;
  let speaking: { readonly utterance: UtteranceId; readonly at: SharedMs; readonly cut: () => void } | undefined;
  let silentSince: SharedMs | undefined;

  async function recognise(utterance: UtteranceId, beganAt: SharedMs, endedAt: SharedMs): Promise<void> {
    if (speech === undefined) return;
    const place = order++;
    const job = speech.recognize({ language, orFree: true, kind: 'final' }, RECOGNITION_DEADLINE);
    jobs.set(place, job);
    endpoint.submit(utterance, job.id);
    try {
      const best = (await job.transcript).hypotheses[0];
      if (best !== undefined && best.words.length > 0) {
        texts.set(place, best.words.join(' '));
        onHeard({ text: best.words.join(' '), confidence: best.confidence, beganAt, endedAt });
      }
    } catch {
      // not heard: a wait for the text will say so at its deadline
    } finally {
      jobs.delete(place);
      onChange();
    }
  }

  return {
    get speakingSince() {
      return speaking?.at;
    },
    get silentSince() {
      return silentSince;
    },
    get pending() {
      return jobs.size;
    },
    find(text, worstRate) {
      const words = [...texts].toSorted(([a], [b]) => a - b).flatMap(([, said]) => wordsOf(said));
      const { rate, end } = findWords(wordsOf(text), words.slice(found));
      if (rate > worstRate) return false;
      found += end;
      return true;
    },
    onEvent(event) {
      if (event.type === 'speech-began') {
        const { utterance } = event;
        speaking = {
          utterance,
          at: event.at,
          cut: clock.after(LONGEST_UTTERANCE, () => endpoint.endUtterance(utterance)),
        };
        silentSince = undefined;
      } else if (event.type === 'speech-ended') {
        speaking?.cut();
        const beganAt = speaking?.at ?? event.endedAt;
        speaking = undefined;
        silentSince = event.endedAt;
        void recognise(event.utterance, beganAt, event.endedAt);
      } else return;
      onChange();
    },
    close() {
      speaking?.cut();
      for (const job of jobs.values()) job.cancel();
    },
  };
}

export const phoneTurnPolicy = (incompleteMs: Milliseconds) => ({
  speculateAfterMs: 60_000,
  incompleteMs,
  sustainMs: 60_000,
});
