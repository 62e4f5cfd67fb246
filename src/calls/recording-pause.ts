import type { CallFact, PauseEnd } from '../domain/call-event.ts';
import { IvrError } from '../domain/error.ts';
import { type Milliseconds, ms, type WallMs, wallMs } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { Endpoint } from '../media/media-server.ts';

/** Shorter pauses help nobody: what is told then takes longer. */
const LEAST_MS = 1_000;

type Leg = Pick<Endpoint, 'pauseRecording'>;

/** While a customer tells an agent what may not be kept (PCI DSS 3.3.1): what both say is masked before it leaves the media worker. */
export interface RecordingPause {
  /** Part of a conversation between persons, the caller's leg as well. @returns it is not any more */
  joined(leg: Leg): () => void;
  /**
   * Asked again, its time begins anew, within what all pauses of a call may take together.
   *
   * @param by - the agent, or the system that asks for them
   * @returns when the recording goes on by itself
   * @throws IvrError NO_TALK while no two persons talk; PAUSE_USED_UP
   */
  pause(by: string): WallMs;
  /** Recorded already: nothing happens. */
  resume(because: PauseEnd, by?: string): void;
  /** When the recording goes on by itself; undefined: it is recorded. */
  readonly until: WallMs | undefined;
  /** Told when it is paused or goes on, for whatever reason. @returns the way to stop */
  onChange(listener: () => void): () => void;
}

export interface PauseParts {
  readonly clock: Pick<Clock, 'now' | 'wall' | 'after'>;
  /** The recording goes on by itself after that. */
  readonly longest: Milliseconds;
  /** All pauses of the call together; after that it is recorded to its end. */
  readonly inAll: Milliseconds;
  readonly note: (fact: CallFact) => void;
}

export function openRecordingPause({ clock, longest, inAll, note }: PauseParts): RecordingPause {
  const legs = new Set<Leg>();
  const listeners = new Set<() => void>();
  /** Of all pauses that are over. */
  let spent = 0;
  let paused: { readonly since: number; readonly until: WallMs; readonly stop: () => void } | undefined;

  function changed(fact: CallFact): void {
    note(fact);
    for (const listener of listeners) listener();
  }

  function resume(because: PauseEnd, by?: string): void {
    if (paused === undefined) return;
    paused.stop();
    for (const leg of legs) leg.pauseRecording(false);
    const paused_ms = Math.round(clock.now() - paused.since);
    paused = undefined;
    spent += paused_ms;
    changed({ type: 'recording-resumed', because, paused_ms, ...(by === undefined ? {} : { by }) });
  }

  return {
    resume,
    joined(leg) {
      legs.add(leg);
      if (paused !== undefined) leg.pauseRecording(true);
      return () => {
        if (!legs.delete(leg) || paused === undefined) return;
        leg.pauseRecording(false);
        if (legs.size < 2) resume('talk-ended');
      };
    },
    pause(by) {
      if (legs.size < 2)
        throw new IvrError('NO_TALK', 'the caller talks to nobody: there is no conversation to leave out');
      const since = paused?.since ?? clock.now();
      const left = inAll - spent - (clock.now() - since);
      if (left < LEAST_MS)
        throw new IvrError('PAUSE_USED_UP', 'the recording of this call has been paused for as long as is allowed', {
          limit_ms: inAll,
        });
      if (paused === undefined) for (const leg of legs) leg.pauseRecording(true);
      paused?.stop();
      const length = ms(Math.min(longest, left));
      const until = wallMs(clock.wall() + length);
      paused = { since, until, stop: clock.after(length, () => resume('time')) };
      changed({ type: 'recording-paused', by, longest_ms: length });
      return until;
    },
    get until() {
      return paused?.until;
    },
    onChange(listener) {
      const own = (): void => listener();
      listeners.add(own);
      return () => listeners.delete(own);
    },
  };
}
