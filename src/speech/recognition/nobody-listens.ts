import { ms } from '../../domain/units.ts';
import type { SpeechLoad } from '../speech-service.ts';
import type { RecognitionStatistics } from './recognition-queue.ts';

/** The load when nobody recognizes: a wait so long that every turn is told to use the keys. */
export const NOBODY_LISTENS: SpeechLoad = { queued: 0, expectedWait: ms(60_000), recognizers: 0 };

export const NO_RECOGNITIONS: RecognitionStatistics = {
  queued: 0,
  decoding: 0,
  decoded: 0,
  refused: 0,
  displaced: 0,
  expired: 0,
  cancelled: 0,
  failed: 0,
  retried: 0,
};
