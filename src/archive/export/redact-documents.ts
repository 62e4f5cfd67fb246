import type { Transcript, TranscriptTurn } from '../manifest/transcript.ts';

const LEFT_OUT = '[…]';

/** Whether audio of this channel between these times is left out of the export. `channel` undefined: of any. */
export type IsHidden = (channel: number | undefined, fromMs: number, toMs: number) => boolean;

/** The transcript without what was said in hidden seconds: the words of a turn where they have times, else the turn. */
export function redactTranscript(transcript: Transcript, hidden: IsHidden): Transcript {
  return { ...transcript, turns: transcript.turns.map((turn) => redactTurn(turn, hidden)) };
}

function redactTurn(turn: TranscriptTurn, hidden: IsHidden): TranscriptTurn {
  if (!hidden(turn.channel, turn.from_ms, turn.to_ms)) return turn;
  const { words, ...rest } = turn;
  if (words === undefined || words.length === 0) return { ...rest, text: LEFT_OUT };
  const shown = words.map((word) =>
    hidden(turn.channel, word.from_ms, word.to_ms) ? { ...word, text: LEFT_OUT } : word,
  );
  return { ...rest, words: shown, text: shown.map(({ text }) => text).join(' ') };
}

/** Facts of events that hold what was said. */
const SPOKEN = new Set(['text', 'value', 'prompt_text']);

/** The events without what was said or filled in where audio is hidden. */
export function redactEvents(
  events: readonly Readonly<Record<string, unknown>>[],
  hidden: IsHidden,
): readonly unknown[] {
  return events.map((event) => {
    const at = Number(event['t_ms'] ?? 0);
    if (!hidden(undefined, at - 1_000, at + 1_000)) return event;
    return Object.fromEntries(Object.entries(event).map(([key, value]) => [key, SPOKEN.has(key) ? LEFT_OUT : value]));
  });
}
