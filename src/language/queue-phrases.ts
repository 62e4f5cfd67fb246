import { ENGLISH_QUEUE_PHRASES } from './en/queue-phrases.ts';
import { primaryLanguage } from './primary-language.ts';
import { LONGER, type QueuePhrases, TOLD_MINUTES, TOLD_POSITIONS } from './queue-wording.ts';
import { CHINESE_QUEUE_PHRASES } from './zh/queue-phrases.ts';

/** @param language - BCP 47; those that are spoken by no phrases of ours are English */
export const queuePhrases = (language: string): QueuePhrases =>
  primaryLanguage(language) === 'zh' ? CHINESE_QUEUE_PHRASES : ENGLISH_QUEUE_PHRASES;

/** All that callers may hear, to be spoken before the first of them waits. @param bank - what it calls itself */
export function allQueuePhrases(language: string, bank: string | undefined): readonly string[] {
  const phrases = queuePhrases(language);
  const positions = Array.from({ length: TOLD_POSITIONS + 1 }, (_, n) => phrases.position(n + 1));
  return [
    ...positions,
    ...[...TOLD_MINUTES, LONGER].map((minutes) => phrases.wait(minutes)),
    ...new Set(Object.values(phrases.refused)),
    phrases.anotherAgent,
    phrases.satisfaction,
    phrases.thanks,
    ...Object.values(phrases.callback).filter((each) => typeof each === 'string'),
    ...Array.from({ length: 10 }, (_, digit) => phrases.callback.digit(String(digit))),
    phrases.callback.greeting(bank),
  ];
}
