import type { ErrorCode } from '../../../domain/error.ts';
import type { FliteVoice } from './flite-voices.ts';

/* The messages between the pool and a thread that runs flite. */

export interface FliteWork {
  readonly id: number;
  readonly clause: string;
  readonly voice: FliteVoice;
}

export type FliteResult =
  /** 8 kHz, silence trimmed, the clause's pause at the end. */
  | { readonly id: number; readonly ok: true; readonly samples: Int16Array }
  | { readonly id: number; readonly ok: false; readonly code: ErrorCode; readonly message: string };
