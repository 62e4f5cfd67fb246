import type { Registry } from 'prom-client';
import type { CallEvent } from '../domain/call-event.ts';
import { callMetrics } from './call-metrics.ts';
import { type Counting, instruments } from './instruments.ts';
import { mediaMetrics } from './media-metrics.ts';
import { recordingMetrics } from './recording-metrics.ts';
import { turnMetrics } from './turn-metrics.ts';

type EventType = CallEvent['type'];
const nothing = (): void => undefined;

/** Not counted. Every event is listed here or in one of the groups: one that is forgotten does not compile. */
const UNCOUNTED = {
  'state-entered': nothing,
  'prompt-started': nothing,
  'prompt-finished': nothing,
  'speech-began': nothing,
  'speech-ended': nothing,
  'intent-matched': nothing,
  'slot-filled': nothing,
  'secure-began': nothing,
  'secure-ended': nothing,
  'transfer-ringing': nothing,
  'transfer-answered': nothing,
  // the queues have gauges and reports of their own
  'queue-entered': nothing,
  'queue-refused': nothing,
  'queue-moved': nothing,
  'callback-booked': nothing,
  'callback-called': nothing,
  'callback-ended': nothing,
  'agent-missed': nothing,
  'agent-answered': nothing,
  'agent-left': nothing,
  'satisfaction-given': nothing,
  'verification-began': nothing,
  'verification-ended': nothing,
  'wrapped-up': nothing,
  resumed: nothing,
} satisfies Partial<Counting<EventType>>;

/** Metrics read the event journal. No label holds a number, a name or a word of anybody. */
export function countEvents(registry: Registry): (event: CallEvent) => void {
  const make = instruments(registry);
  const [calls, media] = [callMetrics(make), mediaMetrics(make)];
  const counting: Counting<EventType> = {
    ...UNCOUNTED,
    ...turnMetrics(make),
    ...recordingMetrics(make),
    ...media,
    ...calls,
    'call-ended'(event) {
      calls['call-ended'](event);
      media['call-ended'](event);
    },
  };
  return (event) => (counting[event.type] as (event: CallEvent) => void)(event);
}
