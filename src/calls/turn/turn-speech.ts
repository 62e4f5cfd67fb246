import type { PlaybackId, UtteranceId } from '../../media/media-server.ts';
import type { DecodeKind } from '../../speech/speech-service.ts';
import { conclude, concludeInOrder, falseStart, isAwaited, isOver, put, resume } from './turn-conclusion.ts';
import {
  awaitInput,
  type Guess,
  type Hearing,
  listensForSpeech,
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
    { ...now, awaited: stillAwaited(now), hearing: goesOn ? { ...hearing, paused: undefined } : hearing },
    ...(goesOn ? [{ do: 'resume-playback', playback: paused } as const] : []),
    { do: 'report', fact: { type: 'speech-began', over_prompt: overPrompt } },
    { do: 'stop-timer', timer: 'no-input' },
    { do: 'start-timer', timer: 'max-speech', ms: holds ? Math.min(longest, LONGEST_PAUSE_MS) : longest },
  );
}

/** What was said before still counts, whoever goes on speaking, until it is known and nothing is waited for before it. */
function stillAwaited({ hearing, awaited }: Turn): readonly Hearing[] {
  if (hearing === undefined || !isOver(hearing)) return awaited;
  const waits = hearing.guess !== undefined && awaited.length > 0;
  return hearing.decoding !== undefined || waits ? [...awaited, hearing] : awaited;
}

/** The decodes under way are not wanted any more, unless one is of what was said before. */
const cancelDecodes = ({ awaited }: Turn): readonly TurnEffect[] =>
  awaited.length === 0 ? [{ do: 'cancel-decodes' }] : [];

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
export function heardBefore(now: Turn, before: Hearing, event: HeardEvent): TurnStep {
  switch (event.type) {
    case 'speech-ended':
      return to(put(now, { ...before, ended: event.endedAt }));
    case 'decoded':
      return event.kind === before.decoding ? concludeInOrder(put(now, known(before, guessOf(event)))) : to(now);
    case 'decode-failed':
      return decodeFailed(now, before, event.kind, event.code);
    default:
      return to(now);
  }
}

const guessOf = ({ transcript, understood, kind }: Extract<TurnEvent, { type: 'decoded' }>): Guess => ({
  transcript,
  understood,
  speculative: kind === 'speculative',
  overloaded: false,
});
const known = (hearing: Hearing, guess: Guess): Hearing => ({ ...hearing, guess, decoding: undefined });

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
  if (hearing.guess !== undefined) return concludeInOrder(next);
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
  const guess = guessOf(event);
  const guessed = known(hearing, guess);
  if (event.kind === 'final' || hearing.ended !== undefined) return concludeInOrder({ ...now, hearing: guessed });
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

function decodeFailed(now: Turn, hearing: Hearing, kind: DecodeKind, code: string): TurnStep {
  const overloaded = code === 'RECOGNIZER_BUSY';
  if (kind === 'partial')
    return hearing.committed ? to(now) : to(put(now, { ...hearing, paused: undefined }), ...resume(hearing));
  if (hearing.decoding !== kind) return to(now);
  if (kind === 'speculative' && hearing.ended === undefined && !isAwaited(now, hearing))
    return to(put(now, { ...hearing, decoding: undefined }));
  if (kind === 'speculative' && !overloaded)
    return to(put(now, { ...hearing, decoding: 'final' }), {
      do: 'decode',
      utterance: hearing.utterance,
      kind: 'final',
    });
  const failed: Guess = { transcript: undefined, understood: false, speculative: false, overloaded };
  return concludeInOrder(put(now, known(hearing, failed)));
}

export function concludeEarly(now: Turn, hearing: Hearing, guess: Guess): TurnStep {
  const whole: Hearing = { ...hearing, guess, ended: hearing.ended ?? hearing.silentSince };
  const [next, ...effects] = now.awaited.length === 0 ? conclude(now, whole, guess) : to({ ...now, hearing: whole });
  return to(next, { do: 'end-utterance', utterance: hearing.utterance }, ...effects);
}
