import type { DialogueEvent } from '../../dialogue/dialogue.ts';
import { Secret } from '../../domain/secret.ts';
import { type Collection, press } from './digit-collector.ts';
import { over, type Turn, type TurnEffect, type TurnStep, to } from './turn-state.ts';

/* The caller keys: the first key interrupts what lets itself be interrupted and locks the turn to the keypad. */

const MOST_TYPED_AHEAD = 32;

export function key(now: Turn, pressedKey: string | Secret): TurnStep {
  // of a secret entry that is over: no other question, and nothing typed ahead, may learn it
  if (pressedKey instanceof Secret && now.listening?.keys?.secret !== true) return to(now);
  if (now.terminating) {
    // the terminator of the entry before; any other key begins a new entry, whose terminator is its own
    const settled: Turn = { ...now, terminating: false };
    const [next, ...effects] = plain(pressedKey) === TERMINATOR ? to(settled) : key(settled, pressedKey);
    return to(next, { do: 'stop-timer', timer: 'terminator' }, ...effects);
  }
  const interrupts = now.playing.length === 0 || now.bargeIn === 'keys' || now.bargeIn === 'both';
  if (now.listening === undefined || !interrupts)
    return to(now.ahead.length < MOST_TYPED_AHEAD ? { ...now, ahead: [...now.ahead, pressedKey] } : now);
  const bargedIn: readonly TurnEffect[] =
    now.playing.length > 0
      ? [{ do: 'stop-playback' }, { do: 'report', fact: { type: 'barge-in', by: 'key', outcome: 'committed' } }]
      : [];
  const [collected, collection] = press(now.collected, pressedKey, now.listening.keys);
  if (collection.outcome === 'more' && collected.keys.length === 0) return to(now); // a terminator of nothing
  const quiet: Turn = { ...now, playing: [], hearing: undefined, awaited: [], keypad: true, collected };
  if (collection.outcome !== 'more') {
    const [next, ...effects] = answered(quiet, collection, plain(pressedKey) !== TERMINATOR);
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

/**
 * The entry is over. `byLength`: not by a terminator, which callers press all the same: for a while it is part of the entry
 * (VoiceXML's termtimeout, section 6.3.3) and neither answers the next question nor interrupts what is said now.
 */
export function answered(
  now: Turn,
  collection: Exclude<Collection, { readonly outcome: 'more' }>,
  byLength = false,
): TurnStep {
  if (collection.outcome === 'too-few') return over(now, { type: 'no-match' }, undefined);
  const keyed: DialogueEvent = { type: 'keyed', digits: collection.digits };
  const keys = now.listening?.keys;
  if (!byLength || keys === undefined || (collection.count < 2 && keys.terminator === undefined))
    return over(now, keyed, undefined);
  const [next, ...ahead] = now.ahead;
  if (next !== undefined && plain(next) === TERMINATOR) return over({ ...now, ahead }, keyed, undefined);
  const [ended, ...effects] = over(now, keyed, undefined, {
    do: 'start-timer',
    timer: 'terminator',
    ms: keys.terminatorMs ?? keys.interDigitMs,
  });
  return to({ ...ended, terminating: true }, ...effects);
}

const TERMINATOR = '#';
const plain = (key: string | Secret): string => (typeof key === 'string' ? key : key.reveal());
