import type { CallEvent } from '../domain/call-event.ts';
import { type Milliseconds, ms, type WallMs, wallMs } from '../domain/units.ts';

/** What the journal knows of a call's time. All but `offered` are since the offer, by the monotonic clock. */
export interface CallTimes {
  readonly offered: WallMs;
  /** Undefined: it was never answered. */
  readonly answered: Milliseconds | undefined;
  /** Its end or, while it has none, the last that was noted of it. */
  readonly ended: Milliseconds;
  /** How long the bot's prompts played, all together. */
  readonly prompted: Milliseconds;
}

/** The times after one more event. Facts about its recording also come long after the call and do not count as activity. */
export function timesAfter(before: CallTimes | undefined, event: CallEvent): CallTimes {
  const times = before ?? {
    offered: wallMs(event.at - event.t_ms),
    answered: undefined,
    ended: ms(0),
    prompted: ms(0),
  };
  if (event.type.startsWith('recording-')) return times;
  const now = ms(event.t_ms);
  const ended = ms(Math.max(times.ended, now));
  switch (event.type) {
    case 'call-answered':
      return { ...times, answered: now, ended };
    case 'prompt-finished':
      return { ...times, prompted: ms(times.prompted + event.played_ms), ended };
    case 'call-ended':
      // written by the next start: what is known of the call's end is what was noted before
      return event.because === 'crashed' ? times : { ...times, ended: ms(event.duration_ms) };
    default:
      return { ...times, ended };
  }
}
