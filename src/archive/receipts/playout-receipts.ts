import type { CallEvent } from '../../domain/call-event.ts';
import { spokenWords } from './spoken-words.ts';

/* Playout receipts: of each prompt, whether it went to the wire in full, or at which word it ended. Made from the journal alone. */

export interface PlayoutReceipt {
  readonly turn: string;
  readonly prompt: string;
  /** `[personal]` where it holds what is the caller's alone. */
  readonly text: string;
  /** The disclosure that it was, with the version of its text. */
  readonly notice?: PlayedNotice;
  /** Since the call was offered, as events have it; absent when it never began. */
  readonly started_ms?: number;
  readonly played_ms: number;
  /** `unfinished`: it began, and nothing says how far it came: the server died. */
  readonly outcome: 'whole' | 'interrupted' | 'failed' | 'unfinished' | 'not-played';
  readonly words: number;
  /** Of one that was interrupted: words that were played in full, and the one in which it ended. */
  readonly words_played?: number;
  readonly ended_in?: string;
  /** `counted`: of the prompt's own length, known from another time it was played; `estimated`: from the pace of this call's other prompts. */
  readonly method?: 'counted' | 'estimated';
}

/** `version` null: the server died before it was noted. */
export interface PlayedNotice {
  readonly id: string;
  readonly version: number | null;
}

type Finished = Extract<CallEvent, { readonly type: 'prompt-finished' }>;
type Started = Extract<CallEvent, { readonly type: 'prompt-started' }>;

type LengthOf = (text: string) => number | undefined;

const PERSONAL = '[personal]';

/** English and Chinese at the pace of the shipped voices; used where a call has nothing that was played to its end. */
const MS_A_LETTER = 65;

/**
 * @param events - of one call, in order
 * @param lengthOf - of a prompt's text when it is played in full, ms, where the archive knows it from other calls
 */
export function playoutReceipts(
  events: readonly CallEvent[],
  lengthOf: LengthOf = () => undefined,
): readonly PlayoutReceipt[] {
  const pace = paceOf(events);
  const started = new Map<string, Started>();
  /** Whose end was not noted, since the call was over. */
  const cut = new Map<Started, PlayedNotice>();
  const receipts: PlayoutReceipt[] = [];
  for (const event of events) {
    if (event.type === 'prompt-started') started.set(`${event.turn} ${event.prompt}`, event);
    else if (event.type === 'prompt-finished') {
      const key = `${event.turn} ${event.prompt}`;
      const began = started.get(key);
      started.delete(key);
      if (began !== undefined) receipts.push(receiptOf(began, event, pace, lengthOf));
    } else if (event.type === 'notice-given') {
      const notice = { id: event.notice, version: event.version };
      const playing = [...started.values()].find(({ text }) => text === event.text);
      if (playing !== undefined) {
        cut.set(playing, notice);
        continue;
      }
      const last = receipts.at(-1);
      // told right after the prompt that it was; one that never was played has no prompt
      if (last !== undefined && last.text === event.text && last.notice === undefined)
        receipts[receipts.length - 1] = { ...last, notice };
      else
        receipts.push({
          turn: '',
          prompt: '',
          text: event.text,
          notice,
          played_ms: 0,
          outcome: event.heard_whole ? 'whole' : 'not-played',
          words: spokenWords(event.text).length,
        });
    }
  }
  const over = endOf(events);
  for (const began of started.values())
    receipts.push({ ...noticeOf(began, cut), ...cutShort(began, over, pace, lengthOf) });
  return receipts;
}

/** Since the offer; undefined: the server died, and nobody knows. */
function endOf(events: readonly CallEvent[]): number | undefined {
  const ended = events.findLast((event) => event.type === 'call-ended');
  return ended === undefined || ended.because === 'crashed' ? undefined : ended.duration_ms;
}

/** One that was playing when the call was over: the packets of a playback leave in real time. */
function cutShort(began: Started, over: number | undefined, pace: Pace, lengthOf: LengthOf): PlayoutReceipt {
  if (over === undefined) return { ...beginningOf(began), played_ms: 0, outcome: 'unfinished' };
  return { ...interrupted(began, Math.max(0, Math.round(over - began.t_ms)), pace, lengthOf), method: 'estimated' };
}

/** As the dialplan calls the prompts of its notices. */
const NOTICE_PROMPT = /^notice\/(.+)$/;

function noticeOf(began: Started, cut: ReadonlyMap<Started, PlayedNotice>): { readonly notice?: PlayedNotice } {
  const noted = cut.get(began);
  if (noted !== undefined) return { notice: noted };
  const [, id] = NOTICE_PROMPT.exec(began.prompt) ?? [];
  return id === undefined ? {} : { notice: { id, version: null } };
}

const beginningOf = ({ turn, prompt, text, personal, t_ms }: Started) => ({
  turn,
  prompt,
  text: personal ? PERSONAL : text,
  started_ms: t_ms,
  words: spokenWords(text).length,
});

function receiptOf(began: Started, event: Finished, pace: Pace, lengthOf: LengthOf): PlayoutReceipt {
  const base = { ...beginningOf(began), played_ms: event.played_ms };
  if (event.because === 'end') return { ...base, outcome: 'whole' };
  if (event.because === 'failed') return { ...base, outcome: 'failed' };
  return interrupted(began, event.played_ms, pace, lengthOf);
}

function interrupted(began: Started, played_ms: number, pace: Pace, lengthOf: LengthOf): PlayoutReceipt {
  const words = spokenWords(began.text);
  const known = pace.lengths.get(began.text) ?? lengthOf(began.text);
  const length = known ?? began.text.length * pace.msALetter;
  const { words_played, ended_in } = wordAt(words, began.text.length, length === 0 ? 1 : played_ms / length);
  return {
    ...beginningOf(began),
    played_ms,
    outcome: 'interrupted',
    words_played,
    ...(ended_in === undefined || began.personal ? {} : { ended_in }),
    method: known === undefined ? 'estimated' : 'counted',
  };
}

/** The word that is being said when this share of the text has been played. */
function wordAt(
  words: readonly { readonly word: string; readonly end: number }[],
  letters: number,
  share: number,
): { readonly words_played: number; readonly ended_in: string | undefined } {
  const played = words.filter(({ end }) => end <= share * letters).length;
  // it did not come to its end, whatever the share says
  const whole = Math.max(0, Math.min(played, words.length - 1));
  return { words_played: whole, ended_in: words[whole]?.word };
}

interface Pace {
  /** Of texts that were played in full in this call. */
  readonly lengths: ReadonlyMap<string, number>;
  readonly msALetter: number;
}

function paceOf(events: readonly CallEvent[]): Pace {
  const texts = new Map<string, string>();
  const lengths = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'prompt-started') texts.set(`${event.turn} ${event.prompt}`, event.text);
    if (event.type !== 'prompt-finished' || event.because !== 'end') continue;
    const text = texts.get(`${event.turn} ${event.prompt}`);
    if (text !== undefined && text !== '') lengths.set(text, event.played_ms);
  }
  const letters = [...lengths.keys()].reduce((sum, text) => sum + text.length, 0);
  const played = [...lengths.values()].reduce((sum, length) => sum + length, 0);
  return { lengths, msALetter: letters === 0 ? MS_A_LETTER : played / letters };
}
