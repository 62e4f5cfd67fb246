import type { EndpointEvent } from '../media/media-server.ts';
import type { CallInProgress } from './live-call.ts';

/** What the caller's media tells the journal and the record log; media that is lost for good ends the call. */
export function journalLegEvent({ leg, recording, note, end }: CallInProgress, event: EndpointEvent): void {
  switch (event.type) {
    case 'rtp-lost':
      note({ type: 'media-lost', leg, silent_ms: Math.round(event.silent) });
      return end('rtp-lost');
    case 'failed':
      return end('failed', event.code);
    case 'events-unagreed':
      return note({ type: 'events-unagreed', leg, payload_type: event.payloadType });
    case 'source-changed':
      note({ type: 'media-source-changed', leg, because: event.because });
      return recording.note('media-source-changed');
    case 'quality':
      return note({
        type: 'media-quality',
        leg,
        received: event.received,
        lost: event.lost,
        late: event.late,
        jitter_ms: Math.round(event.jitter),
      });
    default: // the conversation's
  }
}
