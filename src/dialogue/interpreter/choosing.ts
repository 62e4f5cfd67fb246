import type { Option, StateOf } from '../dialplan/plan.ts';
import { beginAsking, listenAt, misunderstood, unanswered } from './asking.ts';
import type { Place } from './conversation.ts';
import { type Draft, frameOf, inFrame, remember, report } from './draft.ts';
import { pend, takeAlong } from './filling.ts';
import { go } from './go.ts';
import { say } from './speaking.ts';

/* A menu or an open question: an option is chosen, or guessed and then asked about. */

type Choice = StateOf<'choice'>;

const at = ({ id }: Choice, phase: 'asking' | 'confirming'): Place => ({ state: id, slot: null, phase });

export const beginChoice = (draft: Draft, state: Choice): void => beginAsking(draft, state.ask, at(state, 'asking'));

export function answerChoice(draft: Draft, state: Choice, confirming: boolean): void {
  const { event } = draft;
  switch (event?.type) {
    case 'choose': {
      const option = optionOf(state, event.option);
      if (option !== undefined) {
        want(draft, option, event.by);
        takeAlong(draft, event.slots, event.confidence);
        go(draft, option.go);
      }
      return;
    }
    case 'unsure':
      guess(draft, state, event.option);
      return;
    case 'yes': {
      const option = optionOf(state, frameOf(draft).pending?.option);
      if (!confirming || option === undefined) return;
      // the yes was to the option: what came along is as sure as it was heard
      takeAlong(draft, frameOf(draft).pending?.slots ?? {}, frameOf(draft).pending?.confidence ?? 0);
      want(draft, option, 'speech');
      go(draft, option.go);
      return;
    }
    case 'no':
      if (confirming) misunderstood(draft, state.confirm, { ask: state.ask, at: at(state, 'asking') });
      return;
    default:
      unanswered(draft, confirming ? state.confirm : state.ask);
  }
}

const optionOf = ({ options }: Choice, name: string | null | undefined): Option | undefined =>
  options.find((option) => option.name === name);

/** It is what the caller wants from now on. */
function want(draft: Draft, { name }: Option, by: 'speech' | 'keys'): void {
  remember(draft, { intent: name });
  report(draft, { type: 'intent-matched', intent: name, by });
}

function guess(draft: Draft, state: Choice, name: string): void {
  pend(draft);
  inFrame(draft, { recent: [] });
  const option = optionOf(state, name);
  say(draft, state.confirm.bargeIn, option === undefined ? [] : [option.confirm]);
  listenAt(draft, state.confirm, at(state, 'confirming'));
}
