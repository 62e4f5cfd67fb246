import type { CallEvent } from '../domain/call-event.ts';
import { redactText } from './redact-text.ts';

/** An event as it may leave storage: without the personal data that its texts hold. */
export function redactEvent(event: CallEvent): CallEvent {
  switch (event.type) {
    case 'recognized':
      return { ...event, text: redactText(event.text) };
    case 'prompt-started':
      return event.personal ? { ...event, text: '[personal]' } : event;
    case 'wrapped-up':
      return { ...event, notes: redactText(event.notes) };
    case 'slot-filled':
      return { ...event, value: '[personal]' };
    default:
      return event;
  }
}
