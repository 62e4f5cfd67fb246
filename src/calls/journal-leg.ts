import type { EndpointEvent } from '../media/media-server.ts';
import type { CallInProgress } from './live-call.ts';
import { qualityFact } from './quality-fact.ts';

/** What the caller's media tells the journal and the record log; media that is lost for good ends the call. */
export function journalLegEvent(
  { contact, leg, recording, services, note, end }: CallInProgress,
  event: EndpointEvent,
): void {
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
    case 'skewed':
      note({ type: 'media-skewed', leg, by_ms: Math.round(event.by) });
      return recording.note('media-skewed', { by_ms: Math.round(event.by) });
    case 'quality':
      return note(qualityFact(leg, event));
    case 'one-way-audio':
      services.logger.warn(
        { contact, leg, refused: event.refused },
        'no audio from the caller has arrived since the answer',
      );
      return note({ type: 'one-way-audio', leg, silent_ms: event.silent, refused: event.refused });
    default: // the conversation's
  }
}
