import type { DialogueEvent, Heard, Listening } from '../dialogue/dialogue.ts';
import type { CallFact } from '../domain/call-event.ts';
import type { Secret } from '../domain/secret.ts';
import type { DecodeKind, Transcript } from '../speech/speech-service.ts';
import type { PlaybackId, UtteranceId } from '../telephony/media-server.ts';
import { type Collected, type Collection, noKeys, pause, press } from './digit-collector.ts';

/*
 * Who speaks when. A pure machine between the media's events and the dialogue: it pauses, commits and resumes
 * (two-stage barge-in), decides when an answer is whole, and collects keys. Times are milliseconds of the monotonic clock.
 */

export type TurnTimer = 'no-input' | 'inter-digit' | 'max-speech' | 'complete';

/** What the caller is saying at the moment. */
interface Hearing {
  readonly utterance: UtteranceId;
  readonly overPrompt: boolean;
  /** The playback that its onset paused, until it is stopped or resumed. */
  readonly paused: PlaybackId | undefined;
  readonly committed: boolean;
  readonly silentSince: number | undefined;
  readonly ended: number | undefined;
  /** The speculative transcript, as long as nothing was said after it. */
  readonly guess: Transcript | undefined;
  readonly decoding: 'speculative' | 'final' | undefined;
}

export interface Turn {
  readonly listening: Listening | undefined;
  readonly bargeIn: 'none' | 'keys' | 'speech' | 'both';
  /** Queued or playing, oldest first. */
  readonly playing: readonly PlaybackId[];
  readonly hearing: Hearing | undefined;
  readonly collected: Collected;
  /** Keys pressed while nothing listened (type-ahead). */
  readonly ahead: readonly (string | Secret)[];
  /** The first key locks the turn to the keypad: mumbling cannot break digit entry. */
  readonly keypad: boolean;
  readonly failures: number;
}

export type TurnEvent =
  | { readonly type: 'queued'; readonly playbacks: readonly PlaybackId[]; readonly bargeIn: Turn['bargeIn'] }
  | { readonly type: 'listen'; readonly listening: Listening }
  | { readonly type: 'playback-finished'; readonly playback: PlaybackId }
  | { readonly type: 'speech-began'; readonly utterance: UtteranceId; readonly paused: PlaybackId | undefined }
  | { readonly type: 'speech-sustained'; readonly utterance: UtteranceId }
  | { readonly type: 'speech-paused'; readonly utterance: UtteranceId; readonly at: number }
  | { readonly type: 'speech-resumed'; readonly utterance: UtteranceId }
  | { readonly type: 'speech-ended'; readonly utterance: UtteranceId; readonly endedAt: number }
  /** `meant`: the best hypothesis is a whole answer; of a partial one, its words mean something here. */
  | {
      readonly type: 'decoded';
      readonly utterance: UtteranceId;
      readonly kind: DecodeKind;
      readonly transcript: Transcript;
      readonly meant: boolean;
      readonly at: number;
    }
  | {
      readonly type: 'decode-failed';
      readonly utterance: UtteranceId;
      readonly kind: DecodeKind;
      readonly code: string;
    }
  | { readonly type: 'key'; readonly key: string | Secret }
  | { readonly type: 'timer'; readonly timer: TurnTimer };

type Omitted<F> = F extends unknown ? Omit<F, 'turn'> : never;
export type TurnFact =
  | Omitted<Extract<CallFact, { readonly type: 'speech-began' | 'barge-in' | 'keys-only' }>>
  | RecognizedFact;
/** The driver adds times and masks. */
interface RecognizedFact {
  readonly type: 'recognized';
  readonly transcript: Transcript | undefined;
  readonly speculative: boolean;
}

export type TurnEffect =
  | { readonly do: 'decode'; readonly utterance: UtteranceId; readonly kind: DecodeKind }
  | { readonly do: 'cancel-decodes' }
  | { readonly do: 'end-utterance'; readonly utterance: UtteranceId }
  | { readonly do: 'stop-playback' }
  | { readonly do: 'resume-playback'; readonly playback: PlaybackId }
  | { readonly do: 'start-timer'; readonly timer: TurnTimer; readonly ms: number }
  | { readonly do: 'stop-timer'; readonly timer: TurnTimer }
  /** The turn is over. `endedAt`: when the caller's speech ended, if it was speech. */
  | { readonly do: 'deliver'; readonly event: DialogueEvent; readonly endedAt: number | undefined }
  | { readonly do: 'report'; readonly fact: TurnFact };

export type TurnStep = readonly [Turn, ...TurnEffect[]];
const to = (...next: TurnStep): TurnStep => next;

export const silentTurn: Turn = {
  listening: undefined,
  bargeIn: 'none',
  playing: [],
  hearing: undefined,
  collected: noKeys,
  ahead: [],
  keypad: false,
  failures: 0,
};

const MOST_TYPED_AHEAD = 32;
const stopTimers: readonly TurnEffect[] = (['no-input', 'inter-digit', 'max-speech', 'complete'] as const).map(
  (timer) => ({ do: 'stop-timer', timer }),
);

/** Speech counts now: something listens for it, no key was pressed, and what plays may be interrupted by it. */
const listensForSpeech = (now: Turn): boolean =>
  now.listening?.speech !== undefined &&
  !now.keypad &&
  (now.playing.length === 0 || now.bargeIn === 'speech' || now.bargeIn === 'both');

export function step(now: Turn, event: TurnEvent): TurnStep {
  switch (event.type) {
    case 'queued':
      return to({ ...now, playing: [...now.playing, ...event.playbacks], bargeIn: event.bargeIn });
    case 'listen':
      return listen(now, event.listening);
    case 'playback-finished':
      return finished(now, event.playback);
    case 'key':
      return key(now, event.key);
    case 'timer':
      return timer(now, event.timer);
    case 'speech-began':
      return began(now, event.utterance, event.paused);
    default: {
      const { hearing } = now;
      if (hearing === undefined || hearing.utterance !== event.utterance) return to(now);
      return heard(now, hearing, event);
    }
  }
}

function listen(now: Turn, listening: Listening): TurnStep {
  const open: Turn = { ...now, listening, collected: noKeys, keypad: false, ahead: [] };
  // keys typed ahead answer at once; a secret is only taken while its entry is masked
  let collected = noKeys;
  for (const [index, key] of (listening.keys?.secret === true ? [] : now.ahead).entries()) {
    const [next, collection] = press(collected, key, listening.keys);
    if (collection.outcome !== 'more') return answered({ ...open, ahead: now.ahead.slice(index + 1) }, collection);
    collected = next;
  }
  if (collected.keys.length > 0)
    return to(
      { ...open, collected, keypad: true },
      { do: 'start-timer', timer: 'inter-digit', ms: listening.keys?.interDigitMs ?? 0 },
    );
  // somebody is speaking already: what they say counts, up to the usual length
  if (now.hearing !== undefined) return to(open, { do: 'start-timer', timer: 'max-speech', ms: listening.maxSpeechMs });
  return to(open, ...awaitInput(open));
}

/** The caller's silence counts from now, if it is really their turn. */
const awaitInput = (now: Turn): readonly TurnEffect[] =>
  now.listening === undefined || now.playing.length > 0 || now.hearing !== undefined || now.keypad
    ? []
    : [{ do: 'start-timer', timer: 'no-input', ms: now.listening.noInputMs }];

function finished(now: Turn, playback: PlaybackId): TurnStep {
  const playing = now.playing.filter((one) => one !== playback);
  if (playing.length === now.playing.length) return to(now);
  const next = { ...now, playing };
  return to(next, ...awaitInput(next));
}

function began(now: Turn, utterance: UtteranceId, paused: PlaybackId | undefined): TurnStep {
  const overPrompt = now.playing.length > 0;
  const hearing: Hearing = {
    utterance,
    overPrompt,
    paused,
    committed: false,
    silentSince: undefined,
    ended: undefined,
    guess: undefined,
    decoding: undefined,
  };
  if (!listensForSpeech(now)) {
    // nobody asked: what it paused goes on; what is still being said when a listening opens will count
    const next: Turn = { ...now, hearing: { ...hearing, paused: undefined } };
    return paused === undefined ? to(next) : to(next, { do: 'resume-playback', playback: paused });
  }
  return to(
    { ...now, hearing },
    { do: 'report', fact: { type: 'speech-began', over_prompt: overPrompt } },
    { do: 'stop-timer', timer: 'no-input' },
    { do: 'start-timer', timer: 'max-speech', ms: now.listening?.maxSpeechMs ?? 0 },
  );
}

type HeardEvent = Exclude<
  TurnEvent,
  { readonly type: 'queued' | 'listen' | 'playback-finished' | 'key' | 'timer' | 'speech-began' }
>;

function heard(now: Turn, hearing: Hearing, event: HeardEvent): TurnStep {
  switch (event.type) {
    case 'speech-sustained':
      return hearing.paused === undefined || hearing.committed
        ? to(now)
        : to(now, { do: 'decode', utterance: hearing.utterance, kind: 'partial' });
    case 'speech-paused':
      if (!listensForSpeech(now)) return to({ ...now, hearing: { ...hearing, silentSince: event.at } });
      return to(
        { ...now, hearing: { ...hearing, silentSince: event.at, decoding: 'speculative' } },
        { do: 'decode', utterance: hearing.utterance, kind: 'speculative' },
      );
    case 'speech-resumed':
      return to(
        { ...now, hearing: { ...hearing, silentSince: undefined, guess: undefined, decoding: undefined } },
        { do: 'cancel-decodes' },
        { do: 'stop-timer', timer: 'complete' },
      );
    case 'speech-ended':
      return ended(now, { ...hearing, ended: event.endedAt });
    case 'decoded':
      return decoded(now, hearing, event);
    case 'decode-failed':
      return decodeFailed(now, hearing, event.kind, event.code);
  }
}

function ended(now: Turn, hearing: Hearing): TurnStep {
  // said to nobody, or wholly over a prompt that does not let itself be interrupted
  if (!listensForSpeech(now)) {
    const next: Turn = { ...now, hearing: undefined };
    return to(next, ...awaitInput(next));
  }
  const next: Turn = { ...now, hearing };
  if (hearing.guess !== undefined) return conclude(next, hearing, hearing.guess, true);
  if (hearing.decoding !== undefined) return to(next, { do: 'stop-timer', timer: 'max-speech' });
  return to(
    { ...now, hearing: { ...hearing, decoding: 'final' } },
    { do: 'stop-timer', timer: 'max-speech' },
    { do: 'decode', utterance: hearing.utterance, kind: 'final' },
  );
}

function decoded(now: Turn, hearing: Hearing, event: Extract<TurnEvent, { type: 'decoded' }>): TurnStep {
  if (event.kind === 'partial') return partial(now, hearing, event.meant);
  if (hearing.decoding !== event.kind) return to(now); // of before the caller went on speaking
  if (event.kind === 'final' || hearing.ended !== undefined)
    return conclude(now, hearing, event.transcript, event.kind === 'speculative');
  const guessed: Hearing = { ...hearing, guess: event.transcript, decoding: undefined };
  if (!event.meant || now.listening === undefined || hearing.silentSince === undefined)
    return to({ ...now, hearing: guessed });
  const wait = now.listening.completeMs - (event.at - hearing.silentSince);
  if (wait > 0) return to({ ...now, hearing: guessed }, { do: 'start-timer', timer: 'complete', ms: wait });
  return concludeEarly(now, guessed, event.transcript);
}

/** Words commit the barge-in; noise lets the prompt go on from where it was. */
function partial(now: Turn, hearing: Hearing, meant: boolean): TurnStep {
  if (hearing.paused === undefined || hearing.committed) return to(now);
  if (meant)
    return to(
      { ...now, playing: [], hearing: { ...hearing, committed: true, paused: undefined } },
      { do: 'stop-playback' },
      { do: 'report', fact: { type: 'barge-in', by: 'speech', outcome: 'committed', silence_after_ms: 0 } },
    );
  return to({ ...now, hearing: { ...hearing, paused: undefined } }, ...resume(hearing));
}

const resume = (hearing: Hearing): readonly TurnEffect[] =>
  hearing.paused === undefined
    ? []
    : [
        { do: 'resume-playback', playback: hearing.paused },
        { do: 'report', fact: { type: 'barge-in', by: 'speech', outcome: 'false', silence_after_ms: 0 } },
      ];

function decodeFailed(now: Turn, hearing: Hearing, kind: DecodeKind, code: string): TurnStep {
  const failures = now.failures + 1;
  const overloaded = code === 'RECOGNIZER_BUSY';
  if (kind === 'partial') return to({ ...now, hearing: { ...hearing, paused: undefined } }, ...resume(hearing));
  if (hearing.decoding !== kind) return to(now);
  if (kind === 'speculative' && hearing.ended === undefined)
    return to({ ...now, hearing: { ...hearing, decoding: undefined } });
  if (kind === 'speculative' && !overloaded)
    return to(
      { ...now, hearing: { ...hearing, decoding: 'final' } },
      { do: 'decode', utterance: hearing.utterance, kind: 'final' },
    );
  const because = overloaded ? 'recognition-overloaded' : 'recognizer-failed';
  const keysOnly = overloaded || failures >= 2;
  return over(
    { ...now, failures },
    keysOnly ? { type: 'keys-only' } : { type: 'no-match' },
    hearing.ended,
    { do: 'report', fact: { type: 'recognized', transcript: undefined, speculative: false } },
    ...(keysOnly ? [{ do: 'report', fact: { type: 'keys-only', because } } as const] : []),
  );
}

function concludeEarly(now: Turn, hearing: Hearing, transcript: Transcript): TurnStep {
  const [next, ...effects] = conclude(
    now,
    { ...hearing, ended: hearing.ended ?? hearing.silentSince },
    transcript,
    true,
  );
  return to(next, { do: 'end-utterance', utterance: hearing.utterance }, ...effects);
}

/** The utterance is over and its transcript is known. */
function conclude(now: Turn, hearing: Hearing, transcript: Transcript, speculative: boolean): TurnStep {
  const recognized: TurnEffect = { do: 'report', fact: { type: 'recognized', transcript, speculative } };
  const heardNow: readonly Heard[] = transcript.hypotheses.filter((one) => transcript.outcome === 'match' || one.free);
  const interrupted: readonly TurnEffect[] =
    hearing.overPrompt && !hearing.committed && now.playing.length > 0
      ? [{ do: 'report', fact: { type: 'barge-in', by: 'speech', outcome: 'committed', silence_after_ms: 0 } }]
      : [];
  if (transcript.outcome !== 'not-speech' && heardNow.length > 0)
    return over({ ...now, failures: 0 }, { type: 'said', heard: heardNow }, hearing.ended, recognized, ...interrupted);
  const overPlaying = now.playing.length > 0 && !hearing.committed;
  if (transcript.outcome === 'rejected' && !overPlaying)
    return over({ ...now, failures: 0 }, { type: 'no-match' }, hearing.ended, recognized);
  // noise, or words that mean nothing over a prompt that goes on
  const next: Turn = { ...now, hearing: undefined };
  return to(next, recognized, { do: 'stop-timer', timer: 'max-speech' }, ...resume(hearing), ...awaitInput(next));
}

/** Ends the turn: nothing plays or listens any more until the dialogue says so. */
function over(
  now: Turn,
  event: DialogueEvent,
  endedAt: number | undefined,
  ...before: readonly TurnEffect[]
): TurnStep {
  const silenced: readonly TurnEffect[] =
    now.playing.length > 0 || now.hearing?.paused !== undefined ? [{ do: 'stop-playback' }] : [];
  return to(
    { ...silentTurn, ahead: now.ahead, failures: now.failures },
    ...silenced,
    ...stopTimers,
    { do: 'cancel-decodes' },
    ...before,
    { do: 'deliver', event, endedAt },
  );
}

function key(now: Turn, pressedKey: string | Secret): TurnStep {
  const interrupts = now.playing.length === 0 || now.bargeIn === 'keys' || now.bargeIn === 'both';
  if (now.listening === undefined || !interrupts)
    return to(now.ahead.length < MOST_TYPED_AHEAD ? { ...now, ahead: [...now.ahead, pressedKey] } : now);
  const bargedIn: readonly TurnEffect[] =
    now.playing.length > 0
      ? [
          { do: 'stop-playback' },
          { do: 'report', fact: { type: 'barge-in', by: 'key', outcome: 'committed', silence_after_ms: 0 } },
        ]
      : [];
  const [collected, collection] = press(now.collected, pressedKey, now.listening.keys);
  if (collection.outcome === 'more' && collected.keys.length === 0) return to(now); // a terminator of nothing
  const quiet: Turn = { ...now, playing: [], hearing: undefined, keypad: true, collected };
  if (collection.outcome !== 'more') {
    const [next, ...effects] = answered(quiet, collection);
    return to(next, ...bargedIn, ...effects);
  }
  return to(
    quiet,
    ...bargedIn,
    { do: 'cancel-decodes' },
    { do: 'stop-timer', timer: 'no-input' },
    { do: 'stop-timer', timer: 'max-speech' },
    { do: 'stop-timer', timer: 'complete' },
    { do: 'start-timer', timer: 'inter-digit', ms: now.listening.keys?.interDigitMs ?? 0 },
  );
}

function answered(now: Turn, collection: Exclude<Collection, { readonly outcome: 'more' }>): TurnStep {
  if (collection.outcome === 'too-few') return over(now, { type: 'no-match' }, undefined);
  return over(now, { type: 'keyed', digits: collection.digits }, undefined);
}

function timer(now: Turn, which: TurnTimer): TurnStep {
  const { listening, hearing } = now;
  if (listening === undefined) return to(now);
  switch (which) {
    case 'no-input':
      return now.playing.length > 0 || hearing !== undefined || now.keypad
        ? to(now)
        : over(now, { type: 'no-input' }, undefined);
    case 'inter-digit': {
      return answered(now, pause(now.collected, listening.keys));
    }
    case 'max-speech':
      if (hearing === undefined || hearing.ended !== undefined) return to(now);
      return to(
        { ...now, hearing: { ...hearing, decoding: 'final', guess: undefined, silentSince: undefined } },
        { do: 'cancel-decodes' },
        { do: 'end-utterance', utterance: hearing.utterance },
        { do: 'decode', utterance: hearing.utterance, kind: 'final' },
      );
    case 'complete':
      if (hearing?.guess === undefined) return to(now);
      return concludeEarly(now, hearing, hearing.guess);
  }
}
