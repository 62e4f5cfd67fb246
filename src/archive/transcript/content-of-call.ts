import type { CallEvent } from '../../domain/call-event.ts';
import { type WallMs, type RecordingMs, recordingMs } from '../../domain/units.ts';
import { primaryLanguage } from '../../language/primary-language.ts';
import { redactEvent } from '../../redaction/redact-event.ts';
import type { CallDescription, RecordingContent, RecordingEvent, RecordingSpan } from '../index/archive-index.ts';
import { type HeardSegment, maskedSegments, spansOfNumbers } from './spoken-segments.ts';

/* What the journal knows of a call, as the index keeps it: masked, and placed within the recording. */

export interface ContentOptions {
  /** Of the recording's sample 0. */
  readonly startedAt: WallMs;
  /** What made the transcript, such as the recognizer's model. */
  readonly recognizer: string;
  /** Of an account number; null: it is none. */
  readonly accountHash: (account: string) => string | null;
}

export interface ContentOfCall {
  readonly content: RecordingContent;
  readonly description: Partial<CallDescription>;
}

/** Slots whose value is the number of an account. */
const ACCOUNT = /account/i;
const TEXTS: ReadonlySet<string> = new Set([
  'text',
  'value',
  'v',
  'contact',
  'seq',
  'at',
  't_ms',
  'type',
  'from',
  'to',
  'sip_call_id',
  'path',
  'diverted_from',
  'notes',
]);
/** Heard, and not what the caller said to us. */
const NOT_SAID: ReadonlySet<string> = new Set(['not-speech', 'failed']);

/** @param events - all of one contact, in order */
export function contentOfCall(events: readonly CallEvent[], options: ContentOptions): ContentOfCall {
  const [first] = events;
  // both were read from the same clock: within the call the monotonic one counts
  const shift = first === undefined ? 0 : options.startedAt - (first.at - first.t_ms);
  const place: Place = ({ t_ms }) => recordingMs(Math.max(0, Math.round(t_ms - shift)));
  const heard = [...saidByCaller(events, place, options.recognizer), ...saidByBot(events, place)].toSorted(
    (a, b) => a.fromMs - b.fromMs,
  );
  return {
    content: {
      events: events.map((event) => toEvent(event, place(event))),
      spans: [...spansOf(events, place), ...spansOfNumbers(heard)].toSorted((a, b) => a.fromMs - b.fromMs),
      segments: maskedSegments(heard),
    },
    description: describe(events, options),
  };
}

type Place = (event: CallEvent) => RecordingMs;

function toEvent(event: CallEvent, atMs: RecordingMs): RecordingEvent {
  const facts: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(redactEvent(event)))
    if (!TEXTS.has(name) && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'))
      facts[name] = value;
  return { atMs, type: event.type, facts };
}

/** An utterance is decoded several times while it goes on: the last one is what was understood. */
function saidByCaller(events: readonly CallEvent[], place: Place, source: string): HeardSegment[] {
  const segments: HeardSegment[] = [];
  let began: number | undefined;
  let ended: number | undefined;
  let heard: (CallEvent & { readonly type: 'recognized' }) | undefined;
  const end = (): void => {
    if (heard !== undefined) {
      const to = ended ?? place(heard);
      segments.push({
        track: 'customer',
        speaker: 'caller',
        fromMs: Math.min(began ?? to, to),
        toMs: to,
        personal: true,
        text: heard.text,
        confidence: heard.confidence,
        words: [],
        source,
      });
    }
    heard = undefined;
    began = undefined;
    ended = undefined;
  };
  for (const event of events) {
    if (event.type === 'speech-began') {
      // a pause within an utterance: what comes then is decoded with what was before
      if (heard !== undefined && !heard.speculative) end();
      began ??= place(event);
    } else if (event.type === 'speech-ended') ended = place(event);
    else if (event.type === 'recognized' && event.text.trim() !== '' && !NOT_SAID.has(event.outcome)) heard = event;
    else if (event.type === 'turn-began' || event.type === 'call-ended') end();
  }
  end();
  return segments;
}

function saidByBot(events: readonly CallEvent[], place: Place): HeardSegment[] {
  const segments: HeardSegment[] = [];
  let playing: (CallEvent & { readonly type: 'prompt-started' }) | undefined;
  const end = (to: number): void => {
    if (playing !== undefined)
      segments.push({
        track: 'bot',
        speaker: 'assistant',
        fromMs: place(playing),
        toMs: Math.max(to, place(playing)),
        // the bank's own words hold nothing of the caller, unless they are marked so
        personal: playing.personal,
        text: playing.text,
        confidence: null,
        words: [],
        source: 'prompt',
      });
    playing = undefined;
  };
  for (const event of events) {
    if (event.type === 'prompt-started') {
      end(place(event));
      playing = event;
    } else if (event.type === 'prompt-finished' && event.prompt === playing?.prompt)
      end(place(playing) + event.played_ms);
  }
  const last = events.at(-1);
  end(last === undefined ? 0 : place(last));
  return segments;
}

/** By who found it: on which tracks, and how secret it is. */
const STRETCHES = {
  'secure-state': { tracks: ['customer'], kind: 'secure', level: 'C3' },
  'agent-pause': { tracks: ['customer', 'agent'], kind: 'secure', level: 'C3' },
  held: { tracks: ['customer'], kind: 'hold', level: 'C1' },
} as const;
type StretchSource = keyof typeof STRETCHES;

/** A pause that runs out may do so in the middle of what must not be kept: what both say is hidden for so long afterwards. */
const AFTER_PAUSE_MS = 30_000;

/** Secure entries, agents' pauses and holds; a stretch that never ended lasts as long as the call. */
function spansOf(events: readonly CallEvent[], place: Place): RecordingSpan[] {
  const spans: RecordingSpan[] = [];
  const begun = new Map<string, { readonly source: StretchSource; readonly fromMs: number }>();
  const begin = (event: CallEvent, source: StretchSource, name: string = source): void => {
    if (!begun.has(name)) begun.set(name, { source, fromMs: place(event) });
  };
  const end = (event: CallEvent, name: string): void => {
    const stretch = begun.get(name);
    if (stretch === undefined) return;
    begun.delete(name);
    const { source, fromMs } = stretch;
    const { tracks, kind, level } = STRETCHES[source];
    for (const track of tracks) spans.push({ track, fromMs, toMs: place(event), kind, level, source });
  };
  const last = events.at(-1);
  const hide = (fromMs: number): void => {
    const toMs = Math.min(fromMs + AFTER_PAUSE_MS, last === undefined ? fromMs : place(last));
    for (const track of ['customer', 'agent'])
      spans.push({ track, fromMs, toMs, kind: 'masked', level: 'C3', source: 'pause-ran-out' });
  };
  for (const event of events) {
    if (event.type === 'secure-began') begin(event, 'secure-state');
    else if (event.type === 'secure-ended') end(event, 'secure-state');
    else if (event.type === 'recording-paused') begin(event, 'agent-pause');
    else if (event.type === 'recording-resumed') {
      end(event, 'agent-pause');
      if (event.because === 'time') hide(place(event));
    } else if (event.type === 'held') begin(event, 'held', event.leg);
    else if (event.type === 'resumed') end(event, event.leg);
  }
  if (last !== undefined) for (const name of begun.keys()) end(last, name);
  return spans.toSorted((a, b) => a.fromMs - b.fromMs);
}

function describe(events: readonly CallEvent[], { accountHash }: ContentOptions): Partial<CallDescription> {
  const intents = new Set<string>();
  const accounts = new Set<string>();
  const queues = new Set<string>();
  const agents = new Set<string>();
  let dialplan: readonly [string, number] | undefined;
  let outcome: string | undefined;
  for (const event of events) {
    if (event.type === 'intent-matched') intents.add(event.intent);
    else if (event.type === 'slot-filled' && event.slot === 'intent') intents.add(event.value);
    else if (event.type === 'slot-filled' && ACCOUNT.test(event.slot)) {
      const hashed = accountHash(event.value);
      if (hashed !== null) accounts.add(hashed);
    } else if (event.type === 'state-entered') dialplan ??= [event.dialplan, event.dialplan_version];
    else if (event.type === 'agent-answered') {
      agents.add(event.agent);
      queues.add(event.queue);
    } else if (event.type === 'queue-entered' || event.type === 'queue-moved') queues.add(event.queue);
    else if (event.type === 'transfer-ringing') queues.add(/^(?:sips?:)?([^@;:]+)/.exec(event.to)?.[1] ?? event.to);
    else if (event.type === 'call-ended') outcome = event.because;
  }
  const language = languageOf(events);
  return {
    intents: [...intents],
    accountHashes: [...accounts],
    queues: [...queues],
    agents: [...agents],
    ...(dialplan === undefined ? {} : { dialplan: dialplan[0], dialplanVersion: dialplan[1] }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(language === undefined ? {} : { language }),
  };
}

/** What was spoken last: the dialplan's language, or another one that was heard and in which nobody was understood since. */
function languageOf(events: readonly CallEvent[]): string | undefined {
  let ours: string | undefined;
  let spoken: string | undefined;
  for (const event of events)
    if (event.type === 'state-entered' && event.language !== undefined) {
      const language = primaryLanguage(event.language);
      if (language !== ours) spoken = language;
      ours = language;
    } else if (event.type === 'recognized') {
      if (event.language !== undefined) spoken = event.language;
      else if (event.outcome === 'match') spoken = ours ?? spoken;
    }
  return spoken;
}
