import type { Clock } from '../../lib/clock.ts';
import type { EndpointEvent } from '../../media/media-server.ts';
import type { ContactEvent } from './contact-state.ts';

/** What an event of the caller's media is to the contact; undefined: nothing, it is the call's own business. */
export function contactEventOf(event: EndpointEvent, clock: Pick<Clock, 'shared'>): ContactEvent | undefined {
  switch (event.type) {
    case 'speech-began':
      return { ...event, pausedAfterMs: Math.max(0, Math.round(clock.shared() - event.at)) };
    case 'speech-sustained':
    case 'speech-paused':
    case 'speech-resumed':
    case 'speech-dismissed':
    case 'speech-ended':
    case 'playback-finished':
      return event;
    case 'digit':
      return { type: 'key', key: event.digit, via: event.via };
    default:
      return undefined;
  }
}
