import type { CallFact } from '../domain/call-event.ts';
import type { LegId } from '../domain/ids.ts';
import type { EndpointEvent } from '../media/media-server.ts';

type Quality = Extract<EndpointEvent, { readonly type: 'quality' }>;

const hundredths = (n: number): number => Math.round(n * 100) / 100;

/** What a leg's media reports of itself, as the journal has it. */
export const qualityFact = (
  leg: LegId,
  { received, lost, late, jitter, roundTrip, mos, far }: Quality,
): Extract<CallFact, { readonly type: 'media-quality' }> => ({
  type: 'media-quality',
  leg,
  received,
  lost,
  late,
  jitter_ms: Math.round(jitter),
  ...(roundTrip === undefined ? {} : { round_trip_ms: Math.round(roundTrip) }),
  ...(mos === undefined ? {} : { mos: hundredths(mos) }),
  ...(far === undefined
    ? {}
    : {
        far_lost_share: hundredths(far.lostShare),
        far_jitter_ms: Math.round(far.jitter),
        far_mos: hundredths(far.mos),
      }),
});
