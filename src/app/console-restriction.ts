import type { Restriction } from '../archive/restriction.ts';
import type { Retention } from '../archive/retention/retention.ts';
import type { RecordingId } from '../domain/ids.ts';

export const consoleRestriction = (retention: Pick<Retention, 'restrict' | 'liftRestriction'>): Restriction => ({
  async restrict(recordings, on, { requester, purpose }) {
    for (const id of recordings) {
      const recording = id as RecordingId;
      if (on) await retention.restrict({ recording, reason: purpose, restrictedBy: requester });
      else await retention.liftRestriction(recording, requester);
    }
  },
});
