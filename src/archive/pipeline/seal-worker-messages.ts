import type { ErrorCode } from '../../domain/error.ts';
import type { SealAudioJob, SealedAudio } from './seal-audio.ts';

/* Between the pipeline and the thread that encodes. */

export interface ToArchiveWorker {
  readonly request: number;
  readonly job: SealAudioJob;
}

export type FromArchiveWorker =
  | { readonly request: number; readonly sealed: SealedAudio }
  | { readonly request: number; readonly failure: { readonly code: ErrorCode; readonly message: string } };
