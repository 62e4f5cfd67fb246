import { IvrError } from '../../domain/error.ts';
import type { QueueVisitRequest } from './queue-visit-request.ts';
import type { VisitEffect } from './visit-state.ts';

/** Pauses the recording for an agent, or lets it go on. @returns why it cannot be paused */
export function pauseFor(
  { pause }: Pick<QueueVisitRequest, 'pause'>,
  { paused, agent }: Extract<VisitEffect, { readonly do: 'pause' }>,
): IvrError | undefined {
  try {
    if (paused) pause.pause(agent);
    else pause.resume('asked', agent);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof IvrError) return thrown;
    throw thrown;
  }
}
