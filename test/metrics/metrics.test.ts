import { wallMs } from '../../src/domain/units.ts';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { CallEvent, CallFact } from '../../src/domain/call-event.ts';
import { type LegId, newContactId, type TurnId } from '../../src/domain/ids.ts';
import { countEvents } from '../../src/metrics/count-events.ts';
import { openGauges } from '../../src/metrics/gauges.ts';

const contact = newContactId(1);
const turn = `${contact}.1` as TurnId;
const leg = 'leg' as LegId;
let seq = 0;
const event = (fact: CallFact): CallEvent => ({ v: 1, contact, seq: ++seq, at: wallMs(1), t_ms: 1, ...fact });

test('events become counts and distributions, without a word of anybody', async () => {
  const registry = new Registry();
  const count = countEvents(registry);
  for (const fact of [
    { type: 'call-offered', leg, direction: 'inbound', from: '+15550104567', to: 'bank', sip_call_id: 'x' },
    { type: 'call-answered', leg, codec: 'PCMU', telephone_event: true, setup_ms: 12 },
    {
      type: 'recognized',
      turn,
      outcome: 'match',
      text: 'my secret words',
      confidence: 0.9,
      decode_ms: 300,
      queue_ms: 5,
      speculative: true,
    },
    { type: 'first-audio', turn, latency_ms: 700, after_decision_ms: 20, cached: true },
    { type: 'barge-in', turn, by: 'speech', outcome: 'committed', silence_after_ms: 150 },
    { type: 'digits-keyed', turn, count: 4, via: 'rfc4733', secret: true },
    { type: 'media-quality', leg, received: 100, lost: 3, late: 1, jitter_ms: 2 },
    { type: 'media-quality', leg, received: 250, lost: 3, late: 2, jitter_ms: 2 },
    { type: 'media-moved', leg, because: 'MEDIA_WORKER_LOST', after_ms: 400 },
    { type: 'media-source-changed', leg, because: 'silence' },
    { type: 'media-skewed', leg, by_ms: 18_000 },
    { type: 'events-unagreed', leg, payload_type: 97 },
    {
      type: 'media-quality',
      leg,
      received: 50,
      lost: 1,
      late: 0,
      jitter_ms: 2,
      mos: 4.1,
      far_mos: 3.5,
      round_trip_ms: 40,
    },
    { type: 'one-way-audio', leg, silent_ms: 2_510, refused: 3 },
    { type: 'call-ended', because: 'caller-hung-up', duration_ms: 30_000 },
  ] satisfies CallFact[])
    count(event(fact));
  const text = await registry.metrics();
  for (const line of [
    'tellerline_calls_offered_total 1',
    'tellerline_calls_answered_total 1',
    'tellerline_calls_ended_total{because="caller-hung-up"} 1',
    'tellerline_recognitions_total{outcome="match",speculative="true"} 1',
    'tellerline_turn_latency_seconds_bucket{le="0.7",cached="true"} 1',
    'tellerline_barge_in_total{by="speech",outcome="committed"} 1',
    'tellerline_digits_total{via="rfc4733"} 4',
    'tellerline_media_moved_total{because="MEDIA_WORKER_LOST"} 1',
    'tellerline_media_source_changes_total{because="silence"} 1',
    'tellerline_media_skews_total 1',
    'tellerline_unagreed_events_total 1',
    'tellerline_media_mos_bucket{le="4.2",direction="received"} 1',
    'tellerline_media_mos_bucket{le="3.6",direction="sent"} 1',
    'tellerline_rtp_round_trip_seconds_bucket{le="0.05"} 1',
    'tellerline_one_way_audio_total 1',
    'tellerline_rtp_packets_received_total 300',
    'tellerline_rtp_packets_lost_total 4',
    'tellerline_rtp_packets_late_total 2',
  ])
    expect(text.split('\n')).toContain(line);
  expect(text).not.toMatch(/secret words|15550104567/);
});

test('gauges are read when asked', async () => {
  const registry = new Registry();
  let queued = 3;
  using gauges = openGauges(registry, { recognition_queue: 'waiting' }, async () => ({ recognition_queue: queued }));
  await gauges.refresh();
  expect(await registry.metrics()).toContain('tellerline_recognition_queue 3');
  queued = 0;
  await gauges.refresh();
  expect(await registry.metrics()).toContain('tellerline_recognition_queue 0');
});
