import type { CallEventType } from '../../../src/domain/call-event.ts';

/**
 * The events of a call that the time line shows, and which of their facts. What was said stands in the transcript; the rest is
 * of interest to engineers, who read the journal.
 */
export const SHOWN_EVENTS: Partial<Record<CallEventType, readonly string[]>> = {
  'call-offered': ['direction'],
  'call-rejected': ['status'],
  'call-answered': ['codec'],
  'recording-started': ['policy'],
  'recording-failed': ['error'],
  'recording-missing': [],
  'recording-verified': [],
  'recording-paused': ['by'],
  'recording-resumed': ['because'],
  'notice-given': ['notice'],
  'state-entered': ['state'],
  'digits-keyed': ['count'],
  'secure-began': [],
  'secure-ended': [],
  'intent-matched': ['intent', 'by'],
  'slot-filled': ['slot', 'by'],
  'looked-up': ['service', 'outcome'],
  'no-input': ['attempt'],
  'no-match': ['attempt'],
  'keys-only': ['because'],
  'person-requested': ['because'],
  'transfer-ringing': ['method'],
  'transfer-answered': [],
  'transfer-ended': ['outcome'],
  held: [],
  resumed: [],
  'media-lost': ['silent_ms'],
  'one-way-audio': ['silent_ms'],
  'media-source-changed': ['because'],
  'media-moved': ['because'],
  'flow-loop': ['states'],
  trouble: ['code'],
  'call-ended': ['because'],
};
