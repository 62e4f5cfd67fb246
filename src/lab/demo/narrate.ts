import type { CallEvent } from '../../domain/call-event.ts';

/** One line of the demo for an event, or nothing for those that would only be noise. */
export function narrate(event: CallEvent): string | undefined {
  const line = (who: string, text: string): string =>
    `${(event.t_ms / 1000).toFixed(2).padStart(7)}  ${who.padEnd(10)}${text}`;
  switch (event.type) {
    case 'call-offered':
      return line('call', `from ${event.from} to ${event.to}, contact ${event.contact}`);
    case 'call-answered':
      return line(
        'call',
        `answered: ${event.codec}, keys ${event.telephone_event ? 'as RFC 4733 events' : 'in the audio'}, set up in ${event.setup_ms} ms`,
      );
    case 'recording-started':
      return line('record', `on, policy ${event.policy} version ${event.policy_version}`);
    case 'notice-given':
      return line(
        'notice',
        `${event.notice} version ${event.version} ${event.heard_whole ? 'heard whole' : 'not heard to its end'}`,
      );
    case 'state-entered':
      return line('state', event.state);
    case 'prompt-started':
      return line('bot', `"${event.text}"${event.cached ? '' : ' (synthesised now)'}`);
    case 'first-audio':
      return line(
        'latency',
        event.latency_ms === event.after_decision_ms
          ? `first audio after ${event.latency_ms} ms`
          : `first audio ${event.latency_ms} ms after the caller's turn, ${event.after_decision_ms} ms after it was understood`,
      );
    case 'recognized':
      return line(
        'heard',
        event.outcome === 'match'
          ? `"${event.text}" (${Math.round(event.confidence * 100)} % sure, decoded in ${event.decode_ms} ms${event.speculative ? ' while the caller was silent' : ''})`
          : event.outcome,
      );
    case 'barge-in':
      return line(
        'barge-in',
        event.outcome === 'committed'
          ? event.by === 'key'
            ? 'by a key'
            : `silent ${event.silence_after_ms} ms after the caller began`
          : 'false: the prompt goes on',
      );
    case 'digits-keyed':
      return line(
        'keys',
        `${event.secret ? '•'.repeat(event.count) : `${event.count} digits`} (${event.via}${event.secret ? ', secret: masked in the recording' : ''})`,
      );
    case 'no-input':
    case 'no-match':
      return line(event.type, `attempt ${event.attempt}`);
    case 'intent-matched':
      return line('intent', `${event.intent} by ${event.by}`);
    case 'slot-filled':
      return line('slot', `${event.slot} by ${event.by}`);
    case 'looked-up':
      return line('bank', `${event.service}: ${event.outcome} in ${event.took_ms} ms`);
    case 'person-requested':
      return line('person', `wanted: ${event.because}`);
    case 'transfer-ringing':
      return line(
        'person',
        event.method === 'bridge'
          ? `ringing ${event.to}, the caller hears music`
          : `the caller's telephone is asked to call ${event.to}`,
      );
    case 'transfer-answered':
      return line('person', `answered after ${event.after_ms} ms: both are joined, the bot is deaf`);
    case 'transfer-ended':
      return line(
        'person',
        event.method === 'bridge' ? `${event.outcome}, talked ${(event.talked_ms / 1000).toFixed(1)} s` : event.outcome,
      );
    case 'call-ended':
      return line('call', `ended: ${event.because} after ${(event.duration_ms / 1000).toFixed(1)} s`);
    case 'recording-sealed':
      return line(
        'record',
        `sealed: ${event.path}, ${(event.duration_ms / 1000).toFixed(1)} s, ${event.gaps === 1 ? '1 gap' : `${event.gaps} gaps`}`,
      );
    case 'recording-verified':
      return line('record', event.ok ? 'verified by re-reading' : `DAMAGED: ${event.problems.join('; ')}`);
    case 'recording-failed':
    case 'recording-missing':
    case 'trouble':
    case 'dead-air':
    case 'flow-loop':
    case 'media-lost':
    case 'media-moved':
    case 'keys-only':
    case 'call-rejected':
      return line('TROUBLE', JSON.stringify(event));
    default:
      return undefined;
  }
}
