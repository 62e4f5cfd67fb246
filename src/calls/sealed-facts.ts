import type { CallFact } from '../domain/call-event.ts';
import type { SealedRecording } from '../recording/recorder.ts';

/** What the journal is told of a recording that was sealed. */
export const sealedFacts = (sealed: SealedRecording): readonly CallFact[] => [
  {
    type: 'recording-sealed',
    recording: sealed.recording,
    path: sealed.path,
    sha256: sealed.sha256,
    duration_ms: Math.round(sealed.duration),
    gaps: sealed.gaps,
    recovered: sealed.recovered,
  },
  {
    type: 'recording-verified',
    recording: sealed.recording,
    ok: sealed.problems.length === 0,
    problems: sealed.problems,
  },
];
