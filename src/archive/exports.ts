import type { WallMs } from '../domain/units.ts';

export interface ExportJob {
  readonly id: string;
  readonly recording: string;
  readonly orderedAt: WallMs;
  /** The bundle can be downloaded until then, or until the server is restarted. */
  readonly keptUntil: WallMs;
  readonly masked: boolean;
  /** Name of the account that ordered it, and may download it. */
  readonly requester: string;
  /** Who agreed. */
  readonly approver: string | null;
  readonly purpose: string;
  readonly ticket: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** 0…1 */
  readonly progress: number;
  readonly bytes: number | null;
  readonly sha256: string | null;
  /** Code of the error, when it failed. */
  readonly error: string | null;
}

export interface Exports {
  /** Begins to write the bundle and returns at once. */
  start(order: {
    readonly recording: string;
    readonly masked: boolean;
    readonly requester: string;
    readonly approver: string | null;
    readonly purpose: string;
    readonly ticket: string;
  }): Promise<ExportJob>;
  find(job: string): Promise<ExportJob | undefined>;
  /** Those whose bundles are still there, newest first. */
  list(): Promise<readonly ExportJob[]>;
  /** Of a job that is done. @throws IvrError RECORDING_NOT_FOUND when its recording was destroyed meanwhile */
  read(job: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}
