import type { CallEvent, CallEventType } from '../../domain/call-event.ts';

export interface Summary {
  readonly lines: readonly string[];
  /** What a demo must show and this one did not; empty when all is well. */
  readonly missing: readonly string[];
  readonly recordingPath: string | undefined;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** What came of the demo's call, from its journal alone. */
export function summarise(events: readonly CallEvent[]): Summary {
  const all = <T extends CallEventType>(type: T) =>
    events.filter((event): event is Extract<CallEvent, { readonly type: T }> => event.type === type);
  const latencies = afterCallersTurns(events);
  const understood = all('recognized').filter((event) => event.outcome === 'match');
  const bargeIns = all('barge-in').filter((event) => event.outcome === 'committed' && event.by === 'speech');
  const sealed = all('recording-sealed')[0];
  const verified = all('recording-verified')[0];
  const must: readonly (readonly [boolean, string])[] = [
    [all('call-answered').length === 1, 'the call was not answered'],
    [all('notice-given').some((event) => event.heard_whole), 'the recording notice was not heard to its end'],
    [understood.length >= 3, `only ${understood.length} utterances were understood`],
    [bargeIns.length > 0, 'no prompt was interrupted'],
    [all('digits-keyed').some((event) => event.secret), 'no secret digits were keyed'],
    [
      all('looked-up').some((event) => event.service === 'balance' && event.outcome === 'done'),
      'the balance was not looked up',
    ],
    [all('prompt-started').some((event) => event.personal), 'the balance was not spoken'],
    [all('transfer-answered').length > 0, 'no person answered'],
    [all('call-ended').some((event) => event.because === 'caller-hung-up'), 'the caller did not end the call'],
    [sealed !== undefined, 'the recording was not sealed'],
    [verified?.ok === true, 'the recording does not verify'],
  ];
  return {
    lines: [
      `turns            ${all('turn-began').length}, ${understood.length} utterances understood, ${all('no-match').length} not understood, ${all('no-input').length} without an answer`,
      `first audio      ${latencies.length === 0 ? 'none' : `median ${Math.round(median(latencies))} ms, worst ${Math.max(...latencies)} ms after the caller's turn (${latencies.length} turns)`}`,
      `interruptions    ${bargeIns.length}; silent after ${bargeIns.flatMap((event) => (event.by === 'speech' ? [`${event.silence_after_ms} ms`] : [])).join(', ') || '—'}`,
      `recording        ${sealed?.path ?? 'none'}`,
      `verification     ${verified === undefined ? 'not done' : verified.ok ? 'every file agrees with the manifest' : verified.problems.join('; ')}`,
    ],
    missing: must.filter(([held]) => !held).map(([, sentence]) => sentence),
    recordingPath: sealed?.path,
  };
}

/** First audio counts where the caller had just spoken or keyed; what follows silence or opens the call answers nobody. */
function afterCallersTurns(events: readonly CallEvent[]): readonly number[] {
  const latencies: number[] = [];
  let answering = false;
  for (const event of events) {
    if (event.type === 'recognized' || event.type === 'digits-keyed') answering = true;
    else if (event.type === 'no-input') answering = false;
    else if (event.type === 'first-audio') {
      if (answering) latencies.push(event.latency_ms);
      answering = false;
    }
  }
  return latencies;
}
