import type { ManualClock } from '../../lib/manual-clock.ts';
import { type TrialAnswer, trialAnswer } from './trial-answer.ts';
import { TrialCall, type TrialOptions } from './trial-call.ts';
import type { TrialLine } from './trial-line.ts';

/** A call without a telephone: what is typed goes through the same machines as what is spoken and keyed on a line. */
export interface Trial {
  /** What comes of one line; of the first one, the greeting too. */
  take(line: TrialLine): Promise<TrialAnswer>;
  close(): void;
}

/** How sure a recognizer is said to be that heard every word. */
const HEARD_WELL = 0.95;

/**
 * Prompts take no time: they have been heard to their end when the next line comes, except between the keys of one line,
 * which are pressed as fast as people do. Time passes by `waits` alone.
 */
export function openTrial(options: TrialOptions): Trial {
  const call = new TrialCall(options);
  let last: TrialAnswer | undefined;
  return {
    async take(line) {
      await call.settle(true);
      const before = call.place;
      if (call.ended === undefined) await perform(call, line, options.clock);
      const answer = trialAnswer(call.takeRecord(), { before, after: call.place, ended: call.ended });
      // a call that is over came to what it came to
      const outcome = last?.ended === true ? last.outcome : answer.outcome;
      last = { ...answer, ...(outcome === undefined ? {} : { outcome }) };
      return last;
    },
    close: () => call.close(),
  };
}

async function perform(call: TrialCall, line: TrialLine, clock: ManualClock): Promise<void> {
  if ('says' in line) call.say({ text: line.says, language: line.language, confidence: line.confidence ?? HEARD_WELL });
  else if ('presses' in line)
    for (const key of line.presses) {
      call.press(key);
      await call.settle(false);
    }
  else if ('waits' in line) await wait(call, line.waits, clock);
  else call.hangUp();
  await call.settle(true);
}

/** What is due meanwhile happens at its time, with all that follows. */
async function wait(call: TrialCall, time: number, clock: ManualClock): Promise<void> {
  const until = clock.now() + time;
  for (let due = clock.next; due !== undefined && due <= until && call.ended === undefined; due = clock.next) {
    clock.advance(Math.max(0, due - clock.now()));
    await call.settle(true);
  }
  clock.advance(Math.max(0, until - clock.now()));
}
