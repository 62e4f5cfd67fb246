import type { Listening } from '../../dialogue/dialogue.ts';
import { Secret } from '../../domain/secret.ts';
import type { PlaybackId } from '../../media/media-server.ts';
import { noKeys, pause, press } from './digit-collector.ts';
import { background } from './turn-conclusion.ts';
import { answered, key } from './turn-keys.ts';
import { began, concludeEarly, cut, heard, heardBefore } from './turn-speech.ts';
import {
  awaitInput,
  limitTurn,
  over,
  speaksToUs,
  type Turn,
  type TurnEvent,
  type TurnStep,
  type TurnTimer,
  to,
} from './turn-state.ts';

/*
 * Who speaks when. A pure machine between the media's events and the dialogue: it pauses, commits and resumes
 * (two-stage barge-in), decides when an answer is whole, and collects keys. Times are milliseconds of the monotonic clock.
 */

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
      const { hearing, awaited } = now;
      const before = awaited.find(({ utterance }) => utterance === event.utterance);
      if (before !== undefined) return heardBefore(now, before, event);
      if (hearing === undefined || hearing.utterance !== event.utterance) return to(now);
      return heard(now, hearing, event);
    }
  }
}

function listen(now: Turn, listening: Listening): TurnStep {
  const open: Turn = { ...now, listening, collected: noKeys, keypad: false, ahead: [] };
  // keys typed ahead answer at once; a secret is only taken while its entry is masked, and by nothing else
  const ahead = listening.keys?.secret === true ? [] : now.ahead.filter((key) => !(key instanceof Secret));
  let collected = noKeys;
  for (const [index, key] of ahead.entries()) {
    const [next, collection] = press(collected, key, listening.keys);
    if (collection.outcome !== 'more')
      return answered({ ...open, ahead: ahead.slice(index + 1) }, collection, key !== '#');
    collected = next;
  }
  if (collected.keys.length > 0)
    return to(
      { ...open, collected, keypad: true },
      { do: 'start-timer', timer: 'inter-digit', ms: listening.keys?.interDigitMs ?? 0 },
    );
  // somebody is speaking already: what they say counts, up to the usual length
  if (now.hearing !== undefined && listening.speech !== undefined)
    return to(open, { do: 'start-timer', timer: 'max-speech', ms: listening.maxSpeechMs }, ...limitTurn(open));
  return to(open, ...awaitInput(open), ...limitTurn(open));
}

function finished(now: Turn, playback: PlaybackId): TurnStep {
  const playing = now.playing.filter((one) => one !== playback);
  if (playing.length === now.playing.length) return to(now);
  const next = { ...now, playing };
  return to(next, ...awaitInput(next), ...limitTurn(next));
}

function timer(now: Turn, which: TurnTimer): TurnStep {
  if (which === 'terminator') return to({ ...now, terminating: false });
  const { listening, hearing } = now;
  if (listening === undefined) return to(now);
  switch (which) {
    case 'no-input':
      return now.playing.length > 0 || speaksToUs(now) || now.keypad
        ? to(now)
        : over(now, { type: 'no-input' }, undefined);
    case 'inter-digit': {
      return answered(now, pause(now.collected, listening.keys));
    }
    case 'max-speech':
      if (hearing === undefined || hearing.ended !== undefined || listening.speech === undefined) return to(now);
      return cut(now, hearing);
    case 'complete':
      if (hearing?.guess === undefined) return to(now);
      return concludeEarly(now, hearing, hearing.guess);
    case 'no-answer':
      return noAnswer(now);
  }
}

/** Noises and voices have gone on all the time, and nothing of them was an answer. */
function noAnswer(now: Turn): TurnStep {
  const { listening, hearing, awaited } = now;
  if (listening?.speech === undefined || now.keypad || now.playing.length > 0) return to(now);
  // what is being decoded will end the turn
  if (awaited.length > 0 || hearing?.decoding !== undefined || hearing?.ended !== undefined)
    return to({
      ...now,
      hearing: hearing === undefined ? undefined : { ...hearing, cut: true },
      awaited: awaited.map((one) => ({ ...one, cut: true })),
    });
  return hearing === undefined ? background(now, undefined) : cut(now, hearing);
}
