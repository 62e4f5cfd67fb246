import { type DialogueEvent, type Heard, LEAST_DOUBT } from '../../dialogue/dialogue.ts';
import type { PlaybackId, UtteranceId } from '../../media/media-server.ts';
import type { DecodeKind } from '../../speech/speech-service.ts';
import {
  awaitInput,
  type Guess,
  type Hearing,
  listensForSpeech,
  over,
  type Turn,
  type TurnEffect,
  type TurnEvent,
  type TurnStep,
  to,
} from './turn-state.ts';

/* The caller speaks: two-stage barge-in, speculation, and the end of the utterance. */

/** So often may what means nothing hold up what plays; then it goes on at once. */
const MOST_FALSE_STARTS = 2;
/** So long may somebody speak over a prompt that is paused for them before it is asked what it means. */
const LONGEST_PAUSE_MS = 6_000;
/** Turns without an answer because somebody spoke all the time; then keys are asked for. */
const MOST_UNHEARD = 2;

export function began(now: Turn, utterance: UtteranceId, paused: PlaybackId | undefined): TurnStep {
  const overPrompt = now.playing.length > 0;
  const hearing: Hearing = {
    utterance,
    overPrompt,
    paused,
    committed: false,
    cut: false,
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
  const longest = now.listening?.maxSpeechMs ?? 0;
  const goesOn = paused !== undefined && now.falseStarts >= MOST_FALSE_STARTS;
  const holds = paused !== undefined && !goesOn;
  return to(
    { ...now, awaited: stillDecoded(now), hearing: goesOn ? { ...hearing, paused: undefined } : hearing },
    ...(goesOn ? [{ do: 'resume-playback', playback: paused } as const] : []),
    { do: 'report', fact: { type: 'speech-began', over_prompt: overPrompt } },
    { do: 'stop-timer', timer: 'no-input' },
    { do: 'start-timer', timer: 'max-speech', ms: holds ? Math.min(longest, LONGEST_PAUSE_MS) : longest },
  );
}

/** What was said before and is not known yet: it still counts, whoever goes on speaking. */
function stillDecoded({ hearing, awaited }: Turn): Hearing | undefined {
  if (awaited !== undefined) return awaited;
  const over = hearing?.ended !== undefined || hearing?.cut === true;
  return over && hearing?.decoding !== undefined ? hearing : undefined;
}

/** The decodes under way are not wanted any more, unless one is of what was said before. */
const cancelDecodes = ({ awaited }: Turn): readonly TurnEffect[] =>
  awaited === undefined ? [{ do: 'cancel-decodes' }] : [];

const isAwaited = (now: Turn, { utterance }: Hearing): boolean => now.awaited?.utterance === utterance;
const put = (now: Turn, hearing: Hearing): Turn =>
  isAwaited(now, hearing) ? { ...now, awaited: hearing } : { ...now, hearing };
const without = (now: Turn, hearing: Hearing): Turn =>
  isAwaited(now, hearing) ? { ...now, awaited: undefined } : { ...now, hearing: undefined };

type HeardEvent = Exclude<
  TurnEvent,
  { readonly type: 'queued' | 'listen' | 'playback-finished' | 'key' | 'timer' | 'speech-began' }
>;

export function heard(now: Turn, hearing: Hearing, event: HeardEvent): TurnStep {
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
        ...cancelDecodes(now),
        { do: 'stop-timer', timer: 'complete' },
      );
    case 'speech-dismissed':
      return dismissed(now, hearing);
    case 'speech-ended':
      return ended(now, { ...hearing, ended: event.endedAt });
    case 'decoded':
      return decoded(now, hearing, event);
    case 'decode-failed':
      return decodeFailed(now, hearing, event.kind, event.code);
  }
}

/** News of an utterance that another one has followed already. */
export function heardBefore(now: Turn, awaited: Hearing, event: HeardEvent): TurnStep {
  switch (event.type) {
    case 'speech-ended':
      return to({ ...now, awaited: { ...awaited, ended: event.endedAt } });
    case 'decoded':
      return event.kind === awaited.decoding ? inOrder(now, awaited, event) : to(now);
    case 'decode-failed':
      return decodeFailed(now, awaited, event.kind, event.code);
    default:
      return to(now);
  }
}

/** What was said before is known at last: it counts, unless it means nothing and what was said after it does. */
function inOrder(now: Turn, awaited: Hearing, event: Extract<TurnEvent, { type: 'decoded' }>): TurnStep {
  const { hearing } = now;
  const speculative = event.kind === 'speculative';
  if (event.understood || hearing?.guess === undefined || !isOver(hearing))
    return conclude(now, awaited, event, speculative);
  const [next, ...effects] = conclude({ ...now, awaited: undefined }, hearing, hearing.guess, true);
  return to(
    next,
    { do: 'report', fact: { type: 'recognized', transcript: event.transcript, speculative } },
    ...effects,
  );
}

const isOver = ({ ended, cut }: Hearing): boolean => ended !== undefined || cut;

/** It has gone on for as long as an answer may: what was heard of it counts. */
export function cut(now: Turn, hearing: Hearing): TurnStep {
  return to(
    { ...now, hearing: { ...hearing, cut: true, decoding: 'final', guess: undefined, silentSince: undefined } },
    ...cancelDecodes(now),
    { do: 'end-utterance', utterance: hearing.utterance },
    { do: 'decode', utterance: hearing.utterance, kind: 'final' },
  );
}

/** It was our own voice: as if nothing had been heard. */
function dismissed(now: Turn, hearing: Hearing): TurnStep {
  const next: Turn = { ...now, hearing: undefined };
  return to(
    next,
    ...cancelDecodes(now),
    { do: 'stop-timer', timer: 'max-speech' },
    { do: 'stop-timer', timer: 'complete' },
    ...resume(hearing),
    ...awaitInput(next),
  );
}

function ended(now: Turn, hearing: Hearing): TurnStep {
  // said to nobody, or wholly over a prompt that does not let itself be interrupted
  if (!listensForSpeech(now)) {
    const next: Turn = { ...now, hearing: undefined };
    return to(next, ...awaitInput(next));
  }
  const next: Turn = { ...now, hearing };
  if (hearing.guess !== undefined)
    return now.awaited === undefined ? conclude(next, hearing, hearing.guess, true) : to(next);
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
  const guess: Guess = { transcript: event.transcript, understood: event.understood };
  // what was said before comes first, however long it takes
  if (now.awaited !== undefined && (event.kind === 'final' || hearing.ended !== undefined))
    return to({ ...now, hearing: { ...hearing, guess, decoding: undefined } });
  if (event.kind === 'final' || hearing.ended !== undefined)
    return conclude(now, hearing, event, event.kind === 'speculative');
  const guessed: Hearing = { ...hearing, guess, decoding: undefined };
  if (!event.meant || now.listening === undefined || hearing.silentSince === undefined)
    return to({ ...now, hearing: guessed });
  const { completeMs, extendableMs } = now.listening;
  const wait = (event.extendable ? extendableMs : completeMs) - (event.at - hearing.silentSince);
  if (wait > 0) return to({ ...now, hearing: guessed }, { do: 'start-timer', timer: 'complete', ms: wait });
  return concludeEarly(now, guessed, guess);
}

/** Words keep the prompt paused until it is known what they mean; noise lets it go on from where it was. */
function partial(now: Turn, hearing: Hearing, meant: boolean): TurnStep {
  if (hearing.paused === undefined || hearing.committed) return to(now);
  if (meant) return to(put(now, { ...hearing, committed: true }));
  return to(falseStart(now, put(now, { ...hearing, paused: undefined }), hearing), ...resume(hearing));
}

const falseStart = ({ falseStarts }: Turn, next: Turn, { paused }: Hearing): Turn =>
  paused === undefined ? next : { ...next, falseStarts: falseStarts + 1 };

const resume = (hearing: Hearing): readonly TurnEffect[] =>
  hearing.paused === undefined
    ? []
    : [
        { do: 'resume-playback', playback: hearing.paused },
        { do: 'report', fact: { type: 'barge-in', by: 'speech', outcome: 'false' } },
      ];

function decodeFailed(now: Turn, hearing: Hearing, kind: DecodeKind, code: string): TurnStep {
  const failures = now.failures + 1;
  const overloaded = code === 'RECOGNIZER_BUSY';
  if (kind === 'partial')
    return hearing.committed ? to(now) : to(put(now, { ...hearing, paused: undefined }), ...resume(hearing));
  if (hearing.decoding !== kind) return to(now);
  if (kind === 'speculative' && hearing.ended === undefined) return to(put(now, { ...hearing, decoding: undefined }));
  if (kind === 'speculative' && !overloaded)
    return to(put(now, { ...hearing, decoding: 'final' }), {
      do: 'decode',
      utterance: hearing.utterance,
      kind: 'final',
    });
  const because = overloaded ? 'recognition-overloaded' : 'recognizer-failed';
  const keysOnly = overloaded || failures >= 2;
  return conclusion(
    { ...now, failures },
    hearing,
    keysOnly ? { type: 'keys-only' } : { type: 'no-match' },
    { do: 'report', fact: { type: 'recognized', transcript: undefined, speculative: false } },
    ...(keysOnly ? [{ do: 'report', fact: { type: 'keys-only', because } } as const] : []),
  );
}

export function concludeEarly(now: Turn, hearing: Hearing, guess: Guess): TurnStep {
  const whole: Hearing = { ...hearing, guess, ended: hearing.ended ?? hearing.silentSince };
  const [next, ...effects] =
    now.awaited === undefined ? conclude(now, whole, guess, true) : to({ ...now, hearing: whole });
  return to(next, { do: 'end-utterance', utterance: hearing.utterance }, ...effects);
}

/** The utterance is over and its transcript is known. */
function conclude(now: Turn, hearing: Hearing, { transcript, understood }: Guess, speculative: boolean): TurnStep {
  const recognized: TurnEffect = { do: 'report', fact: { type: 'recognized', transcript, speculative } };
  const heardNow: readonly Heard[] = transcript.hypotheses.filter(
    ({ free, confidence }) => transcript.outcome === 'match' || free || confidence >= LEAST_DOUBT,
  );
  const overPlaying = now.playing.length > 0;
  // noise, other people, or words that mean nothing over a prompt: it goes on
  if (overPlaying && !understood) return unanswered(now, hearing, recognized);
  if (hearing.cut && !understood) return background(now, hearing, recognized);
  const clear: Turn = { ...now, failures: 0, unheard: understood ? 0 : now.unheard };
  if (transcript.outcome !== 'not-speech' && heardNow.length > 0) {
    const interrupted: readonly TurnEffect[] = overPlaying
      ? [{ do: 'report', fact: { type: 'barge-in', by: 'speech', outcome: 'committed' } }]
      : [];
    return conclusion(clear, hearing, { type: 'said', heard: heardNow }, recognized, ...interrupted);
  }
  if (transcript.outcome === 'other-language')
    return conclusion(clear, hearing, { type: 'other-language', language: transcript.language ?? '' }, recognized);
  if (transcript.outcome === 'rejected') return conclusion(clear, hearing, { type: 'no-match' }, recognized);
  return unanswered(now, hearing, recognized);
}

/** As if nothing had been heard: what was paused goes on, what listens stays open. */
function unanswered(now: Turn, hearing: Hearing, recognized: TurnEffect): TurnStep {
  const next = falseStart(now, without(now, hearing), hearing);
  const longest: readonly TurnEffect[] = isAwaited(now, hearing) ? [] : [{ do: 'stop-timer', timer: 'max-speech' }];
  return to(next, recognized, ...longest, ...resume(hearing), ...awaitInput(next));
}

/** Ends the turn by what an utterance was; what has begun after it is still being said when the next question comes. */
function conclusion(now: Turn, hearing: Hearing, event: DialogueEvent, ...before: readonly TurnEffect[]): TurnStep {
  const [turn, ...effects] = over(now, event, hearing.ended, ...before);
  const later = isAwaited(now, hearing) ? now.hearing : undefined;
  if (later === undefined || later.ended !== undefined || later.cut) return to(turn, ...effects);
  const fresh: Hearing = { ...later, paused: undefined, committed: false, guess: undefined, decoding: undefined };
  return to({ ...turn, hearing: fresh }, ...effects);
}

/** Somebody has spoken all the time, and nothing was understood: a no-match, and keys when that happens again. */
export function background(now: Turn, hearing: Hearing | undefined, ...before: readonly TurnEffect[]): TurnStep {
  const keysOnly = now.unheard + 1 >= MOST_UNHEARD;
  const counted: Turn = { ...now, unheard: keysOnly ? 0 : now.unheard + 1 };
  const event: DialogueEvent = { type: keysOnly ? 'keys-only' : 'no-match' };
  const effects: readonly TurnEffect[] = keysOnly
    ? [...before, { do: 'report', fact: { type: 'keys-only', because: 'background-speech' } }]
    : before;
  return hearing === undefined
    ? over(counted, event, undefined, ...effects)
    : conclusion(counted, hearing, event, ...effects);
}
