import type { CallEvent } from '../../domain/call-event.ts';
import { spokenWords } from './spoken-words.ts';

/* Playout receipts: of each prompt, whether it went to the wire in full, or at which word it ended. Made from the journal alone. */

export interface PlayoutReceipt {
  readonly turn: string;
  readonly prompt: string;
  readonly text: string;
  /** The disclosure or product term that it was, with the version of its text. */
  readonly notice?: { readonly id: string; readonly version: number };
  /** Since the call was offered, as events have it; absent when it never began. */
  readonly started_ms?: number;
  readonly played_ms: number;
  readonly outcome: 'whole' | 'interrupted' | 'failed' | 'not-played';
  readonly words: number;
  /** Of one that was interrupted: words that were played in full, and the one in which it ended. */
  readonly words_played?: number;
  readonly ended_in?: string;
  /** `counted`: of the prompt's own length, known from another time it was played; `estimated`: from the pace of this call's other prompts. */
  readonly method?: 'counted' | 'estimated';
}

type Finished = Extract<CallEvent, { readonly type: 'prompt-finished' }>;
type Started = Extract<CallEvent, { readonly type: 'prompt-started' }>;

/** English and Chinese at the pace of the shipped voices; used where a call has nothing that was played to its end. */
const MS_A_LETTER = 65;

/**
 * @param events - of one call, in order
 * @param lengthOf - of a prompt's text when it is played in full, ms, where the archive knows it from other calls
 */
export function playoutReceipts(
  events: readonly CallEvent[],
  lengthOf: (text: string) => number | undefined = () => undefined,
): readonly PlayoutReceipt[] {
  const pace = paceOf(events);
  const started = new Map<string, Started>();
  const receipts: PlayoutReceipt[] = [];
  for (const event of events) {
    if (event.type === 'prompt-started') started.set(`${event.turn} ${event.prompt}`, event);
    else if (event.type === 'prompt-finished') {
      const began = started.get(`${event.turn} ${event.prompt}`);
      if (began !== undefined) receipts.push(receiptOf(began, event, pace, lengthOf));
    } else if (event.type === 'notice-given') {
      const notice = { id: event.notice, version: event.version };
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
  return receipts;
}

function receiptOf(
  began: Started,
  event: Finished,
  pace: Pace,
  lengthOf: (text: string) => number | undefined,
): PlayoutReceipt {
  const { turn, prompt, played_ms } = event;
  const words = spokenWords(began.text);
  const base = { turn, prompt, text: began.text, started_ms: began.t_ms, played_ms, words: words.length };
  if (event.because === 'end') return { ...base, outcome: 'whole' };
  if (event.because === 'failed') return { ...base, outcome: 'failed' };
  const known = pace.lengths.get(began.text) ?? lengthOf(began.text);
  const length = known ?? began.text.length * pace.msALetter;
  return {
    ...base,
    outcome: 'interrupted',
    ...wordAt(words, began.text.length, length === 0 ? 1 : played_ms / length),
    method: known === undefined ? 'estimated' : 'counted',
  };
}

/** The word that is being said when this share of the text has been played. */
function wordAt(
  words: readonly { readonly word: string; readonly end: number }[],
  letters: number,
  share: number,
): Pick<PlayoutReceipt, 'words_played' | 'ended_in'> {
  const played = words.filter(({ end }) => end <= share * letters).length;
  // it did not come to its end, whatever the share says
  const whole = Math.max(0, Math.min(played, words.length - 1));
  const word = words[whole]?.word;
  return { words_played: whole, ...(word === undefined ? {} : { ended_in: word }) };
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
