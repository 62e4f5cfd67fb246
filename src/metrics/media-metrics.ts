import type { Counting, Instruments } from './instruments.ts';

type Counted =
  | 'media-lost'
  | 'media-moved'
  | 'media-source-changed'
  | 'media-skewed'
  | 'media-quality'
  | 'one-way-audio'
  | 'events-unagreed'
  | 'call-ended';

/** RTP of the legs: loss, jitter, lost and moved media. */
export function mediaMetrics({ counter, histogram }: Instruments): Counting<Counted> {
  const lostMedia = counter('media_lost_total', 'Legs whose RTP stopped arriving');
  const moved = counter(
    'media_moved_total',
    'Legs moved to other media after their media worker or media server failed, by cause',
    ['because'],
  );
  const sourceChanges = counter(
    'media_source_changes_total',
    'Legs whose media changed its source, by cause; without an offer or a NAT it may be an attack',
    ['because'],
  );
  const skews = counter(
    'media_skews_total',
    'Streams whose audio lay more than 200 ms beside its own timestamps and was placed by its arrival',
  );
  const unagreed = counter(
    'unagreed_events_total',
    'Legs whose keys came as RTP events with a payload type that was not negotiated',
  );
  const packets = counter('rtp_packets_received_total', 'RTP packets received');
  const lost = counter('rtp_packets_lost_total', 'RTP packets lost');
  const late = counter('rtp_packets_late_total', 'RTP packets that arrived too late to be played');
  const jitter = histogram(
    'rtp_jitter_seconds',
    'Interarrival jitter (RFC 3550, appendix A.8)',
    [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1],
  );
  const score = histogram(
    'media_mos',
    'Mean opinion score of 5 s of a leg, estimated by the E-model (ITU-T G.107): of what we hear, and of what the far end reports',
    [1.5, 2, 2.5, 3, 3.3, 3.6, 3.8, 4, 4.2, 4.4],
    ['direction'],
  );
  const roundTrip = histogram(
    'rtp_round_trip_seconds',
    'Round trip of a leg’s packets, by the far end’s RTCP',
    [0.005, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1],
  );
  const oneWay = counter('one_way_audio_total', 'Legs from which no audio arrived within 3 s of the answer');
  /** Quality reports are cumulative; counters want what is new. By contact and leg. */
  const reported = new Map<string, { readonly received: number; readonly lost: number; readonly late: number }>();

  return {
    'media-lost': () => lostMedia.inc(),
    'media-moved'({ contact, leg, because }) {
      reported.delete(`${contact} ${leg}`); // its new media counts from zero
      moved.inc({ because });
    },
    'media-source-changed': ({ because }) => sourceChanges.inc({ because }),
    'media-skewed': () => skews.inc(),
    'media-quality'(event) {
      const leg = `${event.contact} ${event.leg}`;
      const before = reported.get(leg) ?? { received: 0, lost: 0, late: 0 };
      reported.set(leg, { received: event.received, lost: event.lost, late: event.late });
      packets.inc(Math.max(0, event.received - before.received));
      lost.inc(Math.max(0, event.lost - before.lost));
      late.inc(Math.max(0, event.late - before.late));
      jitter.observe(event.jitter_ms / 1000);
      if (event.mos !== undefined) score.observe({ direction: 'received' }, event.mos);
      if (event.far_mos !== undefined) score.observe({ direction: 'sent' }, event.far_mos);
      if (event.round_trip_ms !== undefined) roundTrip.observe(event.round_trip_ms / 1000);
    },
    'one-way-audio': () => oneWay.inc(),
    'events-unagreed': () => unagreed.inc(),
    'call-ended'({ contact }) {
      for (const leg of reported.keys()) if (leg.startsWith(contact)) reported.delete(leg);
    },
  };
}
