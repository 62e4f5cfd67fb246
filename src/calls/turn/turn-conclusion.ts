import { type DialogueEvent, type Heard, LEAST_DOUBT } from '../../dialogue/dialogue.ts';
import {
  awaitInput,
  type Guess,
  type Hearing,
  over,
  type Turn,
  type TurnEffect,
  type TurnStep,
  to,
} from './turn-state.ts';

/* What comes of utterances that are over: which of them counts, and what it does to the turn. */

/** Turns without an answer because somebody spoke all the time; then keys are asked for. */
const MOST_UNHEARD = 2;

/** Over, and what recognition made of it is there. */
type Known = Hearing & { readonly guess: Guess };

export const isOver = ({ ended, cut }: Hearing): boolean => ended !== undefined || cut;
const isKnown = (hearing: Hearing): hearing is Known => hearing.guess !== undefined && isOver(hearing);

export const isAwaited = ({ awaited }: Turn, { utterance }: Hearing): boolean =>
  awaited.some((one) => one.utterance === utterance);
export const put = (now: Turn, hearing: Hearing): Turn =>
  isAwaited(now, hearing)
    ? { ...now, awaited: now.awaited.map((one) => (one.utterance === hearing.utterance ? hearing : one)) }
    : { ...now, hearing };
const without = (now: Turn, { utterance }: Hearing): Turn => ({
  ...now,
  awaited: now.awaited.filter((one) => one.utterance !== utterance),
  hearing: now.hearing?.utterance === utterance ? undefined : now.hearing,
});

/** Oldest first. */
const said = ({ awaited, hearing }: Turn): readonly Hearing[] =>
  hearing === undefined ? awaited : [...awaited, hearing];

const recognized = ({ guess: { transcript, speculative } }: { readonly guess: Guess }): TurnEffect => ({
  do: 'report',
  fact: { type: 'recognized', transcript, speculative },
});

/**
 * What is known counts in the order in which it was said, however long each utterance took: the first one does, unless it
 * means nothing and one after it does. What is not known yet is waited for.
 */
export function concludeInOrder(now: Turn): TurnStep {
  const all = said(now);
  const unknown = all.findIndex((one) => !isKnown(one));
  const known = (unknown < 0 ? all : all.slice(0, unknown)).filter(isKnown);
  const counts = known.find(({ guess }) => guess.understood) ?? known[0];
  if (counts === undefined) return to(now);
  const passedOver = known.slice(0, known.indexOf(counts));
  const [next, ...effects] = conclude({ ...now, awaited: now.awaited.slice(passedOver.length) }, counts, counts.guess);
  // it was as if nothing had been said: the next one counts
  const [settled, ...more] = next.listening === undefined ? to(next) : concludeInOrder(next);
  return to(settled, ...passedOver.map(recognized), ...effects, ...more);
}

/** The utterance is over and what recognition made of it is known. */
export function conclude(now: Turn, hearing: Hearing, guess: Guess): TurnStep {
  const { transcript, understood } = guess;
  if (transcript === undefined) return failed(now, hearing, guess);
  const told = recognized({ guess });
  const heardNow: readonly Heard[] = transcript.hypotheses.filter(
    ({ free, confidence }) => transcript.outcome === 'match' || free || confidence >= LEAST_DOUBT,
  );
  const overPlaying = now.playing.length > 0;
  // noise, other people, or words that mean nothing over a prompt: it goes on
  if (overPlaying && !understood) return unanswered(now, hearing, told);
  if (hearing.cut && !understood) return background(now, hearing, told);
  const clear: Turn = { ...now, failures: 0, unheard: understood ? 0 : now.unheard };
  if (transcript.outcome === 'other-language') {
    const { language = '', hypotheses } = transcript;
    return conclusion(clear, hearing, { type: 'other-language', language, heard: hypotheses }, told);
  }
  if (transcript.outcome !== 'not-speech' && heardNow.length > 0) {
    const interrupted: readonly TurnEffect[] = overPlaying
      ? [{ do: 'report', fact: { type: 'barge-in', by: 'speech', outcome: 'committed' } }]
      : [];
    return conclusion(clear, hearing, { type: 'said', heard: heardNow }, told, ...interrupted);
  }
  if (transcript.outcome === 'rejected') return conclusion(clear, hearing, { type: 'no-match' }, told);
  return unanswered(now, hearing, told);
}

/** It could not be recognised: a no-match, and keys when that happens again or would at once. */
function failed(now: Turn, hearing: Hearing, guess: Guess): TurnStep {
  const failures = now.failures + 1;
  const because = guess.overloaded ? 'recognition-overloaded' : 'recognizer-failed';
  const keysOnly = guess.overloaded || failures >= 2;
  return conclusion(
    { ...now, failures },
    hearing,
    { type: keysOnly ? 'keys-only' : 'no-match' },
    recognized({ guess }),
    ...(keysOnly ? [{ do: 'report', fact: { type: 'keys-only', because } } as const] : []),
  );
}

/** As if nothing had been heard: what was paused goes on, what listens stays open. */
function unanswered(now: Turn, hearing: Hearing, told: TurnEffect): TurnStep {
  const next = falseStart(now, without(now, hearing), hearing);
  const longest: readonly TurnEffect[] = isAwaited(now, hearing) ? [] : [{ do: 'stop-timer', timer: 'max-speech' }];
  return to(next, told, ...longest, ...resume(hearing), ...awaitInput(next));
}

export const falseStart = ({ falseStarts }: Turn, next: Turn, { paused }: Hearing): Turn =>
  paused === undefined ? next : { ...next, falseStarts: falseStarts + 1 };

export const resume = (hearing: Hearing): readonly TurnEffect[] =>
  hearing.paused === undefined
    ? []
    : [
        { do: 'resume-playback', playback: hearing.paused },
        { do: 'report', fact: { type: 'barge-in', by: 'speech', outcome: 'false' } },
      ];

/** Ends the turn by what an utterance was; what has begun after it is still being said when the next question comes. */
function conclusion(now: Turn, hearing: Hearing, event: DialogueEvent, ...before: readonly TurnEffect[]): TurnStep {
  const others = said(now).filter(({ utterance }) => utterance !== hearing.utterance);
  // what was said besides is told too; what counts is told last
  const besides = others.filter(isKnown).map(recognized);
  const [turn, ...effects] = over(now, event, hearing.ended, ...besides, ...before);
  const later = others.find((one) => !isOver(one));
  if (later === undefined) return to(turn, ...effects);
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
