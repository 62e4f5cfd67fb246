import type { DestructionPermit } from '../../domain/destruction-permit.ts';
import type { RecordingId } from '../../domain/ids.ts';
import type { WallMs } from '../../domain/units.ts';
import type { IndexedRecording } from '../index/archive-index.ts';
import type { ClockAlarm } from './trusted-clock.ts';

/* PORTS and settings of the reaper, which destroys in two phases: proposed, and after a grace approved and looked at again. */

/** What destroys, for whoever has the gate's permit. Each step may come again after a crash. All throw IvrError DESTRUCTION_REFUSED without it. */
export interface Destroyer {
  /** Destroys what alone can open it; wherever copies lie, they are noise then. */
  shred(recording: IndexedRecording, permit: DestructionPermit): Promise<void>;
  /** Every version of everything that is stored of it. */
  deleteVersions(recording: IndexedRecording, permit: DestructionPermit): Promise<void>;
  /** Whether the store, asked again, has nothing of it. */
  isGone(recording: IndexedRecording): Promise<boolean>;
}

export interface ReaperSettings {
  /** Between the proposal and the destruction. */
  readonly graceMs: number;
  /** Of all recordings in the archive, in an hour: beyond it the rest waits, and somebody is alarmed. */
  readonly shareAnHour: number;
  /** So many in an hour in any case. */
  readonly atLeastAnHour: number;
  /** Two people who approve; without, what was proposed is destroyed after the grace. */
  readonly approval: boolean;
  /** Candidates that one pass proposes at most. */
  readonly batch: number;
}

export const REAPER_SETTINGS: ReaperSettings = {
  graceMs: 7 * 86_400_000,
  shareAnHour: 0.005,
  atLeastAnHour: 100,
  approval: true,
  batch: 1_000,
};

export const DESTRUCTION_STATES = ['proposed', 'approved', 'shredding', 'destroyed', 'withdrawn'] as const;
export type DestructionState = (typeof DESTRUCTION_STATES)[number];

export interface DestructionRow {
  readonly recording: RecordingId;
  readonly state: DestructionState;
  readonly reason: string | null;
  readonly proposedAt: WallMs;
  readonly notBefore: WallMs;
  readonly approvedBy: readonly string[];
  readonly purpose: string;
  readonly destroyedAt: WallMs | null;
  readonly certificate: string | null;
  readonly signatures: readonly { readonly key: string; readonly value: string }[];
  readonly leafIndex: number | null;
}

export interface ReaperPass {
  readonly proposed: number;
  readonly destroyed: readonly RecordingId[];
  /** Something stood against them when they were looked at again. */
  readonly withdrawn: readonly RecordingId[];
  /** Left for a later pass: by the rate limit, by a store that fails, or because the server stops. */
  readonly waiting: number;
  /** Begun, and not finished: the store or the keys failed. */
  readonly failed: readonly { readonly recording: RecordingId; readonly code: string }[];
  /** Why nothing was destroyed in this pass. */
  readonly stopped: ClockAlarm | 'clock-suspect' | undefined;
}

export interface Reaper {
  /**
   * One pass: what was begun is finished, what is due is destroyed, what has become due is proposed.
   *
   * @param signal - aborts: the recording under way is finished, the rest waits
   * @throws IvrError STORAGE_FAILED
   */
  pass(signal?: AbortSignal): Promise<ReaperPass>;
  /**
   * Exactly these; whatever is not proposed is refused whole.
   *
   * @throws IvrError DESTRUCTION_REFUSED, RETENTION_INVALID without two different people
   */
  approve(recordings: readonly RecordingId[], approvedBy: readonly string[], purpose: string): Promise<void>;
  /** What was alarmed about has been looked at: the clock is right again, or the store works. @throws IvrError RETENTION_INVALID */
  resume(approvedBy: readonly string[]): Promise<void>;
  /** Never later than the true time. */
  trusted(): WallMs;
  /** How many are in each state. @throws IvrError STORAGE_FAILED */
  counts(): Promise<Readonly<Record<DestructionState, number>>>;
  find(recording: RecordingId): Promise<DestructionRow | undefined>;
  list(filter: {
    readonly state?: DestructionState;
    readonly limit: number;
    readonly before?: RecordingId;
  }): Promise<readonly DestructionRow[]>;
}
