import { step } from '../../src/calls/turn/turn.ts';
import {
  silentTurn,
  type Turn,
  type TurnEffect,
  type TurnEvent,
  type UnderstoodTranscript,
} from '../../src/calls/turn/turn-state.ts';
import type { Listening } from '../../src/dialogue/dialogue.ts';
import type { Secret } from '../../src/domain/secret.ts';
import { ms, sharedMs } from '../../src/domain/units.ts';
import type { PlaybackId, UtteranceId } from '../../src/media/media-server.ts';
import type { Transcript } from '../../src/speech/speech-service.ts';

const grammar = {
  key: 'g',
  start: 0,
  nodes: [
    { arcs: [{ word: 'yes', to: 1 }], final: false },
    { arcs: [], final: true },
  ],
};
const speech: NonNullable<Listening['speech']> = { grammar, orFree: false };
export const times = { noInputMs: 5000, maxSpeechMs: 10_000, completeMs: 300, extendableMs: 600, incompleteMs: 800 };
export const byVoice: Listening = { speech, ...times };
export const pin: Listening = { keys: { min: 4, max: 4, terminator: '#', interDigitMs: 3000, secret: true }, ...times };
export const both: Listening = {
  ...byVoice,
  keys: { min: 2, max: 8, terminator: '#', interDigitMs: 3000, secret: false },
};
export const p1 = 1 as PlaybackId;
export const u1 = 1 as UtteranceId;
export const u2 = 2 as UtteranceId;
export const u3 = 3 as UtteranceId;
export const transcript = (
  outcome: Transcript['outcome'],
  words: string[] = [],
  free = false,
): UnderstoodTranscript => ({
  outcome,
  hypotheses: words.length === 0 ? [] : [{ words, confidence: 0.9, free, interpretations: [] }],
  decode: ms(100),
  queued: ms(0),
  audio: ms(800),
});

/** Runs events and returns the turn with the effects of the last one. */
export function run(...events: TurnEvent[]): { turn: Turn; effects: TurnEffect[]; all: TurnEffect[] } {
  let turn = silentTurn;
  let effects: TurnEffect[] = [];
  const all: TurnEffect[] = [];
  for (const event of events) {
    [turn, ...effects] = step(turn, event);
    all.push(...effects);
  }
  return { turn, effects, all };
}
export const dos = (effects: TurnEffect[]): string[] =>
  effects.map((effect) =>
    effect.do === 'deliver'
      ? `deliver ${effect.event.type}`
      : effect.do === 'report'
        ? `report ${effect.fact.type}`
        : effect.do,
  );
export const queued = (bargeIn: Turn['bargeIn'], ...playbacks: PlaybackId[]): TurnEvent => ({
  type: 'queued',
  playbacks,
  bargeIn,
});
export const listen = (listening: Listening): TurnEvent => ({ type: 'listen', listening });
export const began = (utterance: UtteranceId, paused?: PlaybackId): TurnEvent => ({
  type: 'speech-began',
  utterance,
  paused,
});
export const paused = (utterance: UtteranceId, at = 1000): TurnEvent => ({
  type: 'speech-paused',
  utterance,
  at: sharedMs(at),
});
export const ended = (utterance: UtteranceId, endedAt = 1000): TurnEvent => ({
  type: 'speech-ended',
  utterance,
  endedAt: sharedMs(endedAt),
});
export const decoded = (
  utterance: UtteranceId,
  kind: 'partial' | 'speculative' | 'final',
  of: UnderstoodTranscript,
  meant = false,
  at = 1200,
  more: { readonly extendable?: boolean; readonly understood?: boolean } = {},
): TurnEvent => ({
  type: 'decoded',
  utterance,
  kind,
  transcript: of,
  meant,
  extendable: more.extendable ?? false,
  understood: more.understood ?? of.outcome === 'match',
  at: sharedMs(at),
});
export const key = (digit: string | Secret): TurnEvent => ({ type: 'key', key: digit });
