import { assign, setup } from 'xstate';
import type { DialogueEffect, DialogueFact, SpokenPrompt } from '../dialogue.ts';
import type { Ask, BargeIn, Go, Plan } from '../dialplan/plan.ts';
import { isStatic, type PromptTemplate, promptSpeech, promptText } from '../dialplan/prompt-template.ts';
import { restOfGraph } from '../../grammar/automaton/rest-of-graph.ts';
import { type Context, freshContext, NOBODY, type Parties, type Understood, valuesOf } from './context.ts';

export interface FlowInput {
  readonly contact: string;
  readonly parties: Parties;
  readonly person: boolean;
  readonly keysOnly: boolean;
}

/** Effects are the parameters of the one custom action: XState returns actions, `step` reads them, nothing runs. */
const types: { context: Context; events: Understood; input: FlowInput } = {
  context: freshContext(''),
  events: { type: 'no-input' },
  input: { contact: '', parties: NOBODY, person: true, keysOnly: false },
};

export const builder = setup({
  types,
  actions: { emit: (_now, _emitted: { readonly effects: readonly DialogueEffect[] }) => {} },
});

export type StateConfig = Parameters<typeof builder.createStateConfig>[0];

export interface Situation {
  readonly context: Context;
  readonly event: Understood;
}

export const emit = (effects: (now: Situation) => readonly DialogueEffect[]) => ({
  type: 'emit' as const,
  params: (now: Situation) => ({ effects: effects(now) }),
});

const PASSING = 'passing';

/** In this node nobody waits: the machine goes on at once, by the first of these ways that fits. */
export const passing = <W>(ways: readonly W[]) => ({ tags: [PASSING], on: { 'go-on': ways } });

export const isPassing = (snapshot: { hasTag(tag: string): boolean }): boolean => snapshot.hasTag(PASSING);

export const remember = (change: (now: Situation) => Partial<Context>) =>
  assign<Context, Understood, undefined, Understood, never>(change);

export function spoken(plan: Plan, prompt: PromptTemplate, context: Context): SpokenPrompt {
  const values = valuesOf(context);
  const text = promptText(prompt, values, plan.language);
  const speech = promptSpeech(prompt, values, plan.language, plan.say);
  return {
    id: prompt.id,
    text,
    ...(speech === text ? {} : { speech }),
    kind: isStatic(prompt) ? 'static' : 'dynamic',
    language: plan.language,
    ...(plan.voice === undefined ? {} : { voice: plan.voice }),
    ...(prompt.notice === undefined ? {} : { notice: prompt.notice }),
  };
}

export const report = (fact: (now: Situation) => DialogueFact) => emit((now) => [{ do: 'report', fact: fact(now) }]);

/** Says, and remembers it for "repeat". */
export const say = (plan: Plan, bargeIn: BargeIn, prompts: (now: Situation) => readonly PromptTemplate[]) => [
  emit((now) => [{ do: 'say', bargeIn, prompts: prompts(now).map((prompt) => spoken(plan, prompt, now.context)) }]),
  remember((now) => ({ recent: [...now.context.recent, ...prompts(now).map(({ id }) => id)] })),
];

/** Says something that repeating leaves out: apologies. */
export const sayOnce = (plan: Plan, bargeIn: BargeIn, prompts: (now: Situation) => readonly PromptTemplate[]) =>
  emit((now) => [{ do: 'say', bargeIn, prompts: prompts(now).map((prompt) => spoken(plan, prompt, now.context)) }]);

/** Of an answer that was begun, the rest is listened for. */
function goingOn({ listening }: Ask, begun: readonly string[]): Ask['listening'] {
  const { speech } = listening;
  if (speech === undefined || begun.length === 0) return listening;
  return { ...listening, speech: { ...speech, grammar: restOfGraph(speech.grammar, begun) } };
}

export const listen = (ask: Ask) =>
  emit(({ context }) => {
    const { speech, ...listening } = ask.listening;
    if (!context.keysOnly || speech === undefined) return [{ do: 'listen', listening: goingOn(ask, context.begun) }];
    return [{ do: 'listen', listening, deaf: true }];
  });

/** The question itself, in keys' words when only keys can answer; the first of those explains why. */
export const sayAsk = (plan: Plan, ask: Ask) => {
  const question = ({ context }: Situation) => (context.keysOnly ? (ask.keysSay ?? ask.say) : ask.say);
  return [
    emit((now) =>
      now.context.keysOnly && !now.context.keysOnlySaid
        ? [{ do: 'say', bargeIn: ask.bargeIn, prompts: [spoken(plan, plan.keysOnlySay, now.context)] }]
        : [],
    ),
    remember(({ context }) => ({ keysOnlySaid: context.keysOnly })),
    ...say(plan, ask.bargeIn, (now) => [question(now)]),
  ];
};

/** A transition's target and actions. */
export const way = (plan: Plan, go: Go, because?: string) => ({
  target: `#${go.to}`,
  reenter: true,
  actions: [
    remember(({ context }) => ({
      ...(go.clear === 'all'
        ? { slots: {}, values: {}, intent: null }
        : go.clear.length === 0
          ? {}
          : { slots: without(context.slots, go.clear), values: without(context.values, go.clear) }),
      pending: null,
      because: go.because ?? because ?? context.because,
    })),
    ...(go.say === undefined ? [] : say(plan, 'both', () => (go.say === undefined ? [] : [go.say]))),
  ],
});

function without<V>(record: Readonly<Record<string, V>>, names: readonly string[]): Record<string, V> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
