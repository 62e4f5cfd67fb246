import { ms } from '../domain/units.ts';
import type { SpeechLoad } from './speech-service.ts';

/** The load when nobody recognizes: a wait so long that every turn is told to use the keys. */
export const NOBODY_LISTENS: SpeechLoad = { queued: 0, expectedWait: ms(60_000), recognizers: 0 };
