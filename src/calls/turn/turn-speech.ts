import { type Heard, LEAST_DOUBT } from '../../dialogue/dialogue.ts';
import type { PlaybackId, UtteranceId } from '../../media/media-server.ts';
import type { DecodeKind, Transcript } from '../../speech/speech-service.ts';
import {
  awaitInput,
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

export function began(now: Turn, utterance: UtteranceId, paused: PlaybackId | undefined): TurnStep {
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
        { do: 'cancel-decodes' },
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

/** It was our own voice: as if nothing had been heard. */
function dismissed(now: Turn, hearing: Hearing): TurnStep {
  const next: Turn = { ...now, hearing: undefined };
  return to(
    next,
    { do: 'cancel-decodes' },
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
      { do: 'report', fact: { type: 'barge-in', by: 'speech', outcome: 'committed' } },
    );
  return to({ ...now, hearing: { ...hearing, paused: undefined } }, ...resume(hearing));
}

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

export function concludeEarly(now: Turn, hearing: Hearing, transcript: Transcript): TurnStep {
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
  const heardNow: readonly Heard[] = transcript.hypotheses.filter(
    ({ free, confidence }) => transcript.outcome === 'match' || free || confidence >= LEAST_DOUBT,
  );
  const interrupted: readonly TurnEffect[] =
    hearing.overPrompt && !hearing.committed && now.playing.length > 0
      ? [{ do: 'report', fact: { type: 'barge-in', by: 'speech', outcome: 'committed' } }]
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
