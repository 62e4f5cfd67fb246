import type { CallEvent } from '../domain/call-event.ts';
import type { CallRow, RecordingRow } from './journal-store.ts';

/** The call as its events tell it. Events that change nothing return the row itself. */
export function projectCall(row: CallRow | undefined, event: CallEvent): CallRow {
  const call = row ?? unknownCall(event);
  switch (event.type) {
    case 'call-offered':
      return { ...call, direction: event.direction, caller: event.from, callee: event.to, offered_at: event.at };
    case 'call-answered':
      return { ...call, answered_at: event.at };
    case 'call-ended':
      return {
        ...call,
        // it is told later: when its recording is sealed, or after a crash at the next start
        ended_at: Math.min(event.at, call.offered_at + event.duration_ms),
        because: event.because,
        duration_ms: event.duration_ms,
      };
    case 'recording-started':
      return call.recording === null ? { ...call, recording: event.recording } : call;
    case 'state-entered':
      return call.dialplan === null ? { ...call, dialplan: `${event.dialplan}@${event.dialplan_version}` } : call;
    default:
      return call;
  }
}

const unknownCall = (event: CallEvent): CallRow => ({
  contact: event.contact,
  direction: 'inbound',
  offered_at: event.at,
  answered_at: null,
  ended_at: null,
  caller: '',
  callee: '',
  because: null,
  duration_ms: null,
  recording: null,
  dialplan: null,
});

/** The recording that an event tells of, as it is then; undefined when it tells of none. */
export function projectRecording(rows: ReadonlyMap<string, RecordingRow>, event: CallEvent): RecordingRow | undefined {
  if (!('recording' in event)) return undefined;
  const row = rows.get(event.recording) ?? unknownRecording(event, event.recording);
  switch (event.type) {
    case 'recording-started':
      return {
        ...row,
        opened_at: event.at,
        policy: event.policy,
        policy_version: event.policy_version,
        retention_class: event.retention_class,
        retain_until: event.retain_until,
      };
    case 'recording-sealed': {
      const { path, sha256, duration_ms, gaps, recovered } = event;
      const state = recovered ? 'RECOVERED' : 'SEALED';
      // an erased event says no more where it lay
      return { ...row, path: path === '' ? null : path, sha256, duration_ms, gaps, recovered, state };
    }
    case 'recording-verified':
      return { ...row, state: event.ok ? 'VERIFIED' : 'FAILED', error: event.ok ? null : event.problems.join('; ') };
    case 'recording-failed':
      return { ...row, state: 'FAILED', error: event.error };
  }
}

const unknownRecording = (event: CallEvent, id: RecordingRow['id']): RecordingRow => ({
  id,
  contact: event.contact,
  state: 'OPEN',
  opened_at: event.at,
  path: null,
  sha256: null,
  duration_ms: null,
  gaps: null,
  recovered: false,
  error: null,
  policy: null,
  policy_version: null,
  retention_class: null,
  retain_until: null,
});
