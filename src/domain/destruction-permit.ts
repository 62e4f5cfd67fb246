import { IvrError } from './error.ts';
import type { RecordingId } from './ids.ts';

/**
 * That a recording may be destroyed: its key, its objects, what the journal knows of its call. Whatever destroys asks for it, and the one gate
 * (`archive/retention/destruction-gate.ts`) alone hands it out.
 */
export interface DestructionPermit {
  readonly recording: RecordingId;
}

const ISSUED = new WeakSet<DestructionPermit>();

export function issuePermit(recording: RecordingId): DestructionPermit {
  const permit = Object.freeze({ recording });
  ISSUED.add(permit);
  return permit;
}

/** @returns its recording @throws IvrError DESTRUCTION_REFUSED: nobody decided it, or it was decided for another recording */
export function expectPermit(permit: DestructionPermit, recording = permit.recording): RecordingId {
  if (ISSUED.has(permit) && permit.recording === recording) return recording;
  throw new IvrError('DESTRUCTION_REFUSED', `nobody decided to destroy recording ${recording}`, { recording });
}
