import { initialTransition, transition } from 'xstate';
import type { Dialogue, DialogueEffect, DialogueState, DialogueStep, SpokenPrompt } from './dialogue.ts';
import { compilePlan } from './dialplan/compile-plan.ts';
import { readDialplan } from './dialplan/dialplan-source.ts';
import type { Plan } from './dialplan/plan.ts';
import { isStatic } from './dialplan/prompt-template.ts';
import type { GrammarSource } from './grammar/compile-grammar.ts';
import { spoken } from './machine/actions.ts';
import { type Context, freshContext } from './machine/context.ts';
import { dialogueMachine } from './machine/dialogue-machine.ts';
import { completesAsk, extendsAsk, understand, understandsAsk } from './machine/understand.ts';

/** What a `DialogueState` is inside. */
interface Inside {
  readonly value: StatePath;
  readonly context: Context;
}
type StatePath = string | { readonly [state: string]: StatePath };

const opened = (state: DialogueState): Inside => state as unknown as Inside;
const closed = (inside: Inside): DialogueState => inside as unknown as DialogueState;

/** `{ balance: { account: 'asking' } }` → 'balance/account/asking' */
function pathOf(value: StatePath): string {
  if (typeof value === 'string') return value;
  const [child] = Object.entries(value);
  return child === undefined ? '' : `${child[0]}/${pathOf(child[1])}`;
}

/**
 * A dialogue from the texts of its dialplan and grammars.
 *
 * @param file - the dialplan's name, for messages
 * @throws IvrError DIALPLAN_INVALID, GRAMMAR_INVALID with file, line, column and what was expected
 */
export function openDialogue(
  file: string,
  text: string,
  grammars: GrammarSource,
  services: readonly string[],
): Dialogue {
  return dialogueOf(compilePlan(readDialplan(file, text), grammars, services));
}

export function dialogueOf(plan: Plan): Dialogue {
  const machine = dialogueMachine(plan);
  const askIn = (state: DialogueState) => plan.asks.get(pathOf(opened(state).value));
  const ends = new Set(['GONE', ...plan.states.filter(({ kind }) => kind === 'end').map(({ id }) => id)]);
  const statics = staticPrompts(plan);

  return {
    name: plan.name,
    version: plan.version,
    language: plan.language,
    maximumCallMs: plan.maximumCallMs,
    staticPrompts: statics,
    disturbed: spoken(plan, plan.disturbedSay, freshContext('', '')),
    start({ contact, caller, person = true }) {
      const [snapshot, actions] = initialTransition(machine, { contact, caller, person });
      return [closed({ value: snapshot.value, context: snapshot.context }), ...effectsOf(actions)];
    },
    step(state, event): DialogueStep {
      const { value, context } = opened(state);
      const understood = understand(plan, askIn(state), event);
      if (understood === undefined || (typeof value === 'string' && ends.has(value))) return [state];
      const answered = event.type === 'said' || event.type === 'keyed';
      const repeats =
        understood.type === 'no-match' || (understood.type === 'command' && understood.command === 'repeat');
      const before = {
        ...context,
        ...(answered || event.type === 'no-match' ? { silent: 0 } : {}),
        ...(answered && !repeats ? { recent: [] } : {}),
      };
      const [snapshot, actions] = transition(machine, machine.resolveState({ value, context: before }), understood);
      return [closed({ value: snapshot.value, context: snapshot.context }), ...effectsOf(actions)];
    },
    completes(state, words) {
      const ask = askIn(state);
      return ask !== undefined && completesAsk(plan, ask, words);
    },
    extendable(state, words) {
      const ask = askIn(state);
      return ask !== undefined && extendsAsk(ask, words);
    },
    means(state, heard) {
      const understood = understand(plan, askIn(state), { type: 'said', heard });
      return understood !== undefined && understood.type !== 'no-match';
    },
    understands(state, words) {
      const ask = askIn(state);
      return ask !== undefined && understandsAsk(plan, ask, words);
    },
  };
}

function staticPrompts(plan: Plan): SpokenPrompt[] {
  const nobody = freshContext('', '');
  const byText = new Map<string, SpokenPrompt>();
  for (const prompt of plan.prompts.values()) {
    if (!isStatic(prompt)) continue;
    const ready = spoken(plan, prompt, nobody);
    if (!byText.has(ready.text)) byText.set(ready.text, ready);
  }
  return [...byText.values()];
}

/** In order; what is said in one breath becomes one `say`. */
function effectsOf(actions: readonly { readonly params: unknown }[]): DialogueEffect[] {
  const effects: DialogueEffect[] = [];
  for (const { params } of actions)
    for (const effect of emitted(params)) {
      const said = effects.findLastIndex(({ do: kind }) => kind !== 'report');
      const last = effects[said];
      if (effect.do === 'say' && last?.do === 'say' && last.bargeIn === effect.bargeIn)
        effects[said] = { ...last, prompts: [...last.prompts, ...effect.prompts] };
      else if (effect.do !== 'say' || effect.prompts.length > 0) effects.push(effect);
    }
  return effects;
}

const emitted = (params: unknown): readonly DialogueEffect[] =>
  typeof params === 'object' && params !== null && 'effects' in params && Array.isArray(params.effects)
    ? params.effects
    : [];
