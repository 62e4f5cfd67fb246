import type { Option, StateOf } from '../dialplan/plan.ts';
import { beginAsking, freshTroubles, listenAt, misunderstood, unanswered } from './asking.ts';
import type { PromptTemplate } from '../dialplan/prompt-template.ts';
import type { Frame, Place } from './conversation.ts';
import { type Draft, frameOf, inFrame, remember, report } from './draft.ts';
import { takeAlong } from './filling.ts';
import { go } from './go.ts';
import { say } from './speaking.ts';

/* A menu or an open question: an option is chosen, or guessed and then asked about. */

type Choice = StateOf<'choice'>;

const at = ({ id }: Choice, phase: 'asking' | 'confirming'): Place => ({ state: id, slot: null, phase });

/** Asked; or served at once, when the caller has asked for one of the options before. */
export function beginChoice(draft: Draft, state: Choice): void {
  const { later } = draft.now;
  const option = optionOf(state, later);
  if (option === undefined || draft.now.keysOnly) {
    beginAsking(draft, state.ask, at(state, 'asking'));
    return;
  }
  remember(draft, { later: null });
  say(draft, state.ask.bargeIn, [draft.program.plan.laterSay]);
  if (option.risk === 'high') {
    freshTroubles(draft);
    confirmGuess(draft, state, { option: option.name, slots: {}, confidence: 0 }, [option.confirm]);
  } else {
    want(draft, option, 'speech');
    go(draft, option.go);
  }
}

export function answerChoice(draft: Draft, state: Choice, confirming: boolean): void {
  const { event } = draft;
  switch (event?.type) {
    case 'choose': {
      const option = optionOf(state, event.option);
      if (option !== undefined) {
        want(draft, option, event.by);
        takeAlong(draft, event.slots, event.confidence);
        remember(draft, { later: event.also ?? draft.now.later });
        go(draft, option.go);
      }
      return;
    }
    case 'unsure': {
      const option = optionOf(state, event.option);
      const { also } = event;
      const { slots, confidence } = event;
      const pending = { option: event.option, slots, confidence, ...(also === undefined ? {} : { also }) };
      confirmGuess(draft, state, pending, option === undefined ? [] : [option.confirm]);
      return;
    }
    case 'either': {
      const [one, other] = event.options.map((name) => optionOf(state, name)?.confirm);
      if (one !== undefined && other !== undefined)
        confirmGuess(draft, state, { option: null, slots: {}, confidence: 0 }, [one, draft.program.plan.orSay, other]);
      return;
    }
    case 'yes': {
      if (!confirming) return;
      const { pending } = frameOf(draft);
      const option = optionOf(state, pending?.option);
      if (option === undefined) {
        // yes to "this one, or that one?"
        misunderstood(draft, state.confirm, { ask: state.ask, at: at(state, 'asking') });
        return;
      }
      // the yes was to the option: what came along is as sure as it was heard
      takeAlong(draft, pending?.slots ?? {}, pending?.confidence ?? 0);
      remember(draft, { later: pending?.also ?? draft.now.later });
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

/** It is what the caller wants from now on, and no longer something for later. */
function want(draft: Draft, { name }: Option, by: 'speech' | 'keys'): void {
  const { later } = draft.now;
  remember(draft, { intent: name, later: later === name ? null : later });
  report(draft, { type: 'intent-matched', intent: name, by });
}

/** Asks whether it is what was meant. */
function confirmGuess(
  draft: Draft,
  state: Choice,
  pending: NonNullable<Frame['pending']>,
  prompts: readonly PromptTemplate[],
): void {
  inFrame(draft, { pending, recent: [] });
  say(draft, state.confirm.bargeIn, prompts);
  listenAt(draft, state.confirm, at(state, 'confirming'));
}
