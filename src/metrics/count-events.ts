import { Counter, Histogram, type Registry } from 'prom-client';
import type { CallEvent } from '../domain/call-event.ts';

const LATENCY_SECONDS = [0.05, 0.1, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95, 1.2, 1.5, 2, 3, 5];

/** Metrics read the event journal. One switch, every event listed; no label holds a number, a name or a word of anybody. */
export function countEvents(registry: Registry): (event: CallEvent) => void {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `tellerline_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, buckets: number[], labelNames: readonly L[] = []) =>
    new Histogram({ name: `tellerline_${name}`, help, buckets, labelNames, registers });

  const offered = counter('calls_offered_total', 'INVITEs that became a contact');
  const answered = counter('calls_answered_total', 'Calls answered');
  const rejected = counter('calls_rejected_total', 'Calls refused, by SIP status', ['status']);
  const ended = counter('calls_ended_total', 'Calls ended, by reason', ['because']);
  const duration = histogram('call_duration_seconds', 'From INVITE to the end', [5, 15, 30, 60, 120, 300, 600, 1800]);
  const setup = histogram(
    'call_setup_seconds',
    'From INVITE to the ACK of our 200',
    [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
  );
  const turns = counter('turns_total', 'Turns of the dialogue');
  const firstAudio = histogram(
    'turn_latency_seconds',
    'End of speech (or last key) to first audio of the answer',
    LATENCY_SECONDS,
    ['cached'],
  );
  const afterDecision = histogram(
    'first_audio_after_decision_seconds',
    'Decision of the dialogue to first audio',
    LATENCY_SECONDS,
    ['cached'],
  );
  const bargeIn = counter('barge_in_total', 'Caller over a prompt: committed, or false (the prompt went on)', [
    'by',
    'outcome',
  ]);
  const bargeInSilence = histogram(
    'barge_in_silence_seconds',
    'Onset of speech over a prompt to silence',
    [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.5, 1],
  );
  const recognized = counter('recognitions_total', 'Utterances decoded, by outcome', ['outcome', 'speculative']);
  const decode = histogram('recognition_decode_seconds', 'Time in the recognizer', LATENCY_SECONDS);
  const queue = histogram('recognition_queue_seconds', 'Time in front of the recognizer', LATENCY_SECONDS);
  const keysOnly = counter('keys_only_total', 'Turns told to use the keys, by cause', ['because']);
  const noInput = counter('no_input_total', 'Turns without an answer');
  const noMatch = counter('no_match_total', 'Answers not understood');
  const digits = counter('digits_total', 'Keys pressed, by way', ['via']);
  const persons = counter('person_requested_total', 'Callers brought to a person, by cause', ['because']);
  const transfers = counter('transfers_total', 'Transfers, by outcome', ['outcome']);
  const lookUps = counter('bank_requests_total', 'Requests to the bank, by service and outcome', [
    'service',
    'outcome',
  ]);
  const lookUpTime = histogram('bank_request_seconds', 'Time of the bank', LATENCY_SECONDS, ['service']);
  const deadAir = counter('dead_air_total', 'Silences that the watchdog ended');
  const flowLoops = counter('flow_loops_total', 'Calls in which the dialplan went round in circles');
  const troubles = counter('troubles_total', 'What broke inside calls, by code', ['code']);
  const recordings = counter('recordings_total', 'Recordings, by outcome', ['outcome']);
  const gaps = counter(
    'recording_gaps_total',
    'Stretches of recordings without audio: lost, held, masked, before the first packet',
  );
  const mediaLost = counter('media_lost_total', 'Legs that fell silent on the wire');
  const mediaMoved = counter('media_moved_total', 'Legs that outlived their media worker or server, by cause', [
    'because',
  ]);
  const sourceChanges = counter(
    'media_source_changes_total',
    'Legs whose media came from another source than before, by cause; without an offer or a NAT it may be a stranger',
    ['because'],
  );
  const unagreed = counter(
    'unagreed_events_total',
    'Legs whose keys came as RTP events with a payload type that was not agreed',
  );
  const packets = counter('rtp_packets_received_total', 'RTP packets received');
  const lost = counter('rtp_packets_lost_total', 'RTP packets lost');
  const late = counter('rtp_packets_late_total', 'RTP packets too late to be played');
  const jitter = histogram(
    'rtp_jitter_seconds',
    'Interarrival jitter (RFC 3550 A.8)',
    [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1],
  );
  const held = counter('holds_total', 'Times a leg was put on hold');
  const notices = counter('notices_total', 'Recording notices, heard whole or not', ['heard_whole']);
  /** Quality reports are cumulative; counters want what is new. */
  const seen = new Map<string, { received: number; lost: number; late: number }>();

  return (event) => {
    switch (event.type) {
      case 'call-offered':
        return offered.inc();
      case 'call-rejected':
        return rejected.inc({ status: event.status });
      case 'call-answered':
        answered.inc();
        return setup.observe(event.setup_ms / 1000);
      case 'call-ended':
        for (const leg of seen.keys()) if (leg.startsWith(event.contact)) seen.delete(leg);
        ended.inc({ because: event.because });
        return duration.observe(event.duration_ms / 1000);
      case 'recording-started':
        return recordings.inc({ outcome: 'started' });
      case 'recording-sealed':
        gaps.inc(event.gaps);
        return recordings.inc({ outcome: event.recovered ? 'recovered' : 'sealed' });
      case 'recording-verified':
        return recordings.inc({ outcome: event.ok ? 'verified' : 'damaged' });
      case 'recording-failed':
        return recordings.inc({ outcome: 'failed' });
      case 'notice-given':
        return notices.inc({ heard_whole: String(event.heard_whole) });
      case 'turn-began':
        return turns.inc();
      case 'first-audio':
        afterDecision.observe({ cached: String(event.cached) }, event.after_decision_ms / 1000);
        return firstAudio.observe({ cached: String(event.cached) }, event.latency_ms / 1000);
      case 'barge-in':
        bargeIn.inc({ by: event.by, outcome: event.outcome });
        return event.by === 'speech' ? bargeInSilence.observe(event.silence_after_ms / 1000) : undefined;
      case 'recognized':
        recognized.inc({ outcome: event.outcome, speculative: String(event.speculative) });
        queue.observe(event.queue_ms / 1000);
        return decode.observe(event.decode_ms / 1000);
      case 'keys-only':
        return keysOnly.inc({ because: event.because });
      case 'no-input':
        return noInput.inc();
      case 'no-match':
        return noMatch.inc();
      case 'digits-keyed':
        return digits.inc({ via: event.via }, event.count);
      case 'looked-up':
        lookUps.inc({ service: event.service, outcome: event.outcome });
        return lookUpTime.observe({ service: event.service }, event.took_ms / 1000);
      case 'person-requested':
        return persons.inc({ because: event.because });
      case 'transfer-ended':
        return transfers.inc({ outcome: event.outcome });
      case 'media-lost':
        return mediaLost.inc();
      case 'events-unagreed':
        return unagreed.inc();
      case 'media-source-changed':
        return sourceChanges.inc({ because: event.because });
      case 'media-moved':
        seen.delete(`${event.contact} ${event.leg}`); // its new place counts from nought
        return mediaMoved.inc({ because: event.because });
      case 'media-quality': {
        const leg = `${event.contact} ${event.leg}`;
        const before = seen.get(leg) ?? { received: 0, lost: 0, late: 0 };
        seen.set(leg, { received: event.received, lost: event.lost, late: event.late });
        packets.inc(Math.max(0, event.received - before.received));
        lost.inc(Math.max(0, event.lost - before.lost));
        late.inc(Math.max(0, event.late - before.late));
        return jitter.observe(event.jitter_ms / 1000);
      }
      case 'dead-air':
        return deadAir.inc();
      case 'flow-loop':
        return flowLoops.inc();
      case 'trouble':
        return troubles.inc({ code: event.code });
      case 'held':
        return held.inc();
      case 'state-entered':
      case 'prompt-started':
      case 'prompt-finished':
      case 'speech-began':
      case 'speech-ended':
      case 'slot-filled':
      case 'secure-began':
      case 'secure-ended':
      case 'transfer-ringing':
      case 'transfer-answered':
      case 'resumed':
        return undefined;
    }
  };
}
