import { type Counting, type Instruments, LATENCY_SECONDS } from './instruments.ts';

type Counted =
  | 'turn-began'
  | 'first-audio'
  | 'barge-in'
  | 'recognized'
  | 'keys-only'
  | 'no-input'
  | 'no-match'
  | 'digits-keyed'
  | 'looked-up'
  | 'dead-air'
  | 'flow-loop';

/** Turns of the conversation: how fast the answer came, who interrupted whom, what was understood. */
export function turnMetrics({ counter, histogram }: Instruments): Counting<Counted> {
  const turns = counter('turns_total', 'Turns of the dialogue');
  const firstAudio = histogram(
    'turn_latency_seconds',
    'Time from the end of speech (or the last key) to the first audio of the answer',
    LATENCY_SECONDS,
    ['cached'],
  );
  const afterDecision = histogram(
    'first_audio_after_decision_seconds',
    "Time from the dialogue's decision to the first audio",
    LATENCY_SECONDS,
    ['cached'],
  );
  const bargeIn = counter(
    'barge_in_total',
    'Callers who spoke or pressed a key during a prompt; false: not an interruption, and the prompt continued',
    ['by', 'outcome'],
  );
  const bargeInSilence = histogram(
    'barge_in_silence_seconds',
    'Time from the onset of speech over a prompt to the silence of the prompt',
    [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.5, 1],
  );
  const recognized = counter('recognitions_total', 'Utterances decoded, by outcome', ['outcome', 'speculative']);
  const decode = histogram('recognition_decode_seconds', 'Time spent in the recognizer', LATENCY_SECONDS);
  const queue = histogram('recognition_queue_seconds', 'Time spent waiting for the recognizer', LATENCY_SECONDS);
  const keysOnly = counter('keys_only_total', 'Turns in which callers were asked to use the keys, by cause', [
    'because',
  ]);
  const noInput = counter('no_input_total', 'Turns that the caller did not answer');
  const noMatch = counter('no_match_total', 'Answers that were not understood');
  const digits = counter('digits_total', 'Keys pressed, by transport', ['via']);
  const lookUps = counter('bank_requests_total', 'Requests to the bank, by service and outcome', [
    'service',
    'outcome',
  ]);
  const lookUpTime = histogram('bank_request_seconds', 'Time the bank took to answer', LATENCY_SECONDS, ['service']);
  const deadAir = counter('dead_air_total', 'Silences on both sides ended by the watchdog');
  const flowLoops = counter('flow_loops_total', 'Calls in which the dialplan looped');

  return {
    'turn-began': () => turns.inc(),
    'first-audio'({ cached, after_decision_ms, latency_ms }) {
      afterDecision.observe({ cached: String(cached) }, after_decision_ms / 1000);
      firstAudio.observe({ cached: String(cached) }, latency_ms / 1000);
    },
    'barge-in'(event) {
      bargeIn.inc({ by: event.by, outcome: event.outcome });
      if (event.by === 'speech') bargeInSilence.observe(event.silence_after_ms / 1000);
    },
    recognized({ outcome, speculative, queue_ms, decode_ms }) {
      recognized.inc({ outcome, speculative: String(speculative) });
      queue.observe(queue_ms / 1000);
      decode.observe(decode_ms / 1000);
    },
    'keys-only': ({ because }) => keysOnly.inc({ because }),
    'no-input': () => noInput.inc(),
    'no-match': () => noMatch.inc(),
    'digits-keyed': ({ via, count }) => digits.inc({ via }, count),
    'looked-up'({ service, outcome, took_ms }) {
      lookUps.inc({ service, outcome });
      lookUpTime.observe({ service }, took_ms / 1000);
    },
    'dead-air': () => deadAir.inc(),
    'flow-loop': () => flowLoops.inc(),
  };
}
