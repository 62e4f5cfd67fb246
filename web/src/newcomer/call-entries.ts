import type { CallEvent } from '../../../src/domain/call-event.ts';

/** A line of what is shown of a call: what the line said, what it heard of the caller, what it decided. */
export type CallEntry = { readonly key: string; readonly atMs: number } & (
  | { readonly is: 'said'; readonly prompt: string; readonly text: string; readonly cut: boolean }
  | { readonly is: 'heard'; readonly text: string; readonly outcome: string; readonly confidence: number }
  | { readonly is: 'keyed'; readonly count: number; readonly secret: boolean }
  | { readonly is: 'decided'; readonly what: Decision; readonly detail: string }
);

export const SHOWN_EVENTS = [
  'call-offered',
  'prompt-started',
  'prompt-finished',
  'recognized',
  'digits-keyed',
  'call-answered',
  'notice-given',
  'state-entered',
  'slot-filled',
  'looked-up',
  'no-input',
  'no-match',
  'barge-in',
  'keys-only',
  'secure-began',
  'secure-ended',
  'person-requested',
  'transfer-ringing',
  'transfer-answered',
  'transfer-ended',
  'held',
  'resumed',
  'media-moved',
  'trouble',
  'call-ended',
] as const satisfies readonly CallEvent['type'][];

/** What is decided, by the type of its event. */
export type Decision = Exclude<
  (typeof SHOWN_EVENTS)[number],
  'call-offered' | 'prompt-started' | 'prompt-finished' | 'recognized' | 'digits-keyed'
>;

/** The lines after one more event. */
export function withEvent(entries: readonly CallEntry[], event: CallEvent): readonly CallEntry[] {
  const at = { key: `${event.contact}.${event.seq}`, atMs: event.t_ms };
  const decided = (what: Decision, detail = ''): readonly CallEntry[] => [
    ...entries,
    { ...at, is: 'decided', what, detail },
  ];
  switch (event.type) {
    case 'call-offered':
      return []; // a new call
    case 'prompt-started':
      return [...entries, { ...at, is: 'said', prompt: event.prompt, text: event.text, cut: false }];
    case 'prompt-finished':
      return event.because === 'end' ? entries : withCut(entries, event.prompt);
    case 'recognized':
      return [
        ...entries,
        { ...at, is: 'heard', text: event.text, outcome: event.outcome, confidence: event.confidence },
      ];
    case 'digits-keyed':
      return [...entries, { ...at, is: 'keyed', count: event.count, secret: event.secret }];
    case 'call-answered':
      return decided(event.type, event.codec);
    case 'notice-given':
      return decided(event.type, event.notice);
    case 'state-entered':
      return decided(event.type, event.state);
    case 'slot-filled':
      return decided(event.type, event.slot);
    case 'looked-up':
      return decided(event.type, `${event.service}: ${event.outcome}, ${event.took_ms} ms`);
    case 'barge-in':
      return event.outcome === 'committed' ? decided(event.type) : entries;
    case 'keys-only':
    case 'person-requested':
      return decided(event.type, event.because);
    case 'transfer-ended':
      return decided(event.type, event.outcome);
    case 'trouble':
      return decided(event.type, event.code);
    case 'call-ended':
      return decided(event.type, event.because);
    case 'no-input':
    case 'no-match':
    case 'secure-began':
    case 'secure-ended':
    case 'transfer-ringing':
    case 'transfer-answered':
    case 'held':
    case 'resumed':
    case 'media-moved':
      return decided(event.type);
    default:
      return entries;
  }
}

function withCut(entries: readonly CallEntry[], prompt: string): readonly CallEntry[] {
  const at = entries.findLastIndex((entry) => entry.is === 'said' && entry.prompt === prompt);
  return entries.map((entry, n) => (n === at && entry.is === 'said' ? { ...entry, cut: true } : entry));
}
