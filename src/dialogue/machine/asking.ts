import type { Ask, Plan } from '../dialplan/plan.ts';
import type { PromptTemplate } from '../dialplan/prompt-template.ts';
import { listen, passing, remember, report, type Situation, sayAsk, sayOnce, way } from './actions.ts';

/** Nothing has gone wrong yet with the question that begins. */
export const freshTroubles = remember(() => ({ noInputs: 0, noMatches: 0, pending: null, begun: [] }));

/** In front of a question: says it, or goes where those are sent who can neither be understood nor answer by keys. */
export const gate = (plan: Plan, ask: Ask) =>
  passing([
    {
      guard: ({ context }: Situation) => context.keysOnly && ask.keysSay === undefined,
      ...way(plan, plan.keysOnlyEscalate, 'keys-only'),
    },
    { target: `#${ask.path}`, actions: [freshTroubles, ...sayAsk(plan, ask)] },
  ]);

const nth = (variants: readonly (readonly PromptTemplate[])[], n: number): readonly PromptTemplate[] =>
  variants[Math.min(n, variants.length) - 1] ?? [];

const lastTry =
  (ask: Ask) =>
  ({ context }: Situation) =>
    context.noInputs + context.noMatches + 1 >= ask.tries;

/** With keys only, the question follows the apology in keys' words. */
function troubled(plan: Plan, ask: Ask, kind: 'noInput' | 'noMatch') {
  return sayOnce(plan, ask.bargeIn, ({ context, event }) => {
    const variant = nth(ask[kind], kind === 'noInput' ? context.noInputs : context.noMatches);
    const invalid = kind === 'noMatch' && event.type === 'no-match' && event.invalid ? ask.invalid : undefined;
    if (context.keysOnly && ask.keysSay !== undefined) return [invalid ?? variant[0] ?? ask.again, ask.keysSay];
    return invalid === undefined ? variant : [invalid, ask.again];
  });
}

/** Not understood: again in other words, or to `escalate` after too many troubles. Used for "no" to a guess as well. */
export const misunderstood = (plan: Plan, ask: Ask, back: Ask = ask) => {
  const noted = [
    remember(({ context }: Situation) => ({ noMatches: context.noMatches + 1, begun: [] })),
    report(({ context }) => ({ type: 'no-match', attempt: context.noMatches })),
  ];
  const escape = way(plan, ask.escalate, 'trouble');
  return [
    { guard: lastTry(ask), ...escape, actions: [...noted, ...escape.actions] },
    { target: `#${back.path}`, reenter: true, actions: [...noted, troubled(plan, back, 'noMatch')] },
  ];
};

const unheard = (plan: Plan, ask: Ask) => {
  const noted = [
    remember(({ context }: Situation) => ({ noInputs: context.noInputs + 1, silent: context.silent + 1 })),
    report(({ context }) => ({ type: 'no-input', attempt: context.noInputs })),
  ];
  const escape = way(plan, ask.escalate, 'trouble');
  return [
    {
      guard: ({ context }: Situation) => context.silent + 1 >= plan.silentTries,
      target: `#${plan.silent}`,
      actions: noted,
    },
    { guard: lastTry(ask), ...escape, actions: [...noted, ...escape.actions] },
    { target: `#${ask.path}`, reenter: true, actions: [...noted, troubled(plan, ask, 'noInput')] },
  ];
};

/** Another language was spoken: to those who serve it; else the keys are offered, and the second time a person. */
const otherLanguage = (plan: Plan, ask: Ask) => {
  const noted = [
    remember(({ context }: Situation) => ({
      otherLanguages: context.otherLanguages + 1,
      noMatches: context.noMatches + 1,
    })),
    report(({ context }) => ({ type: 'no-match', attempt: context.noMatches })),
  ];
  const escape = way(plan, plan.otherLanguage.escalate, 'other-language');
  return [
    ...[...plan.otherLanguage.languages].map(([language, go]) => ({
      guard: ({ event }: Situation) => event.type === 'other-language' && event.language === language,
      ...way(plan, go, 'other-language'),
    })),
    {
      guard: ({ context }: Situation) => context.otherLanguages >= 1,
      ...escape,
      actions: [...noted, ...escape.actions],
    },
    {
      target: `#${ask.path}`,
      reenter: true,
      actions: [...noted, sayOnce(plan, ask.bargeIn, () => [...plan.otherLanguage.say, ask.keysSay ?? ask.again])],
    },
  ];
};

/** What every question does with silence, nonsense, "repeat" and the loss of recognition. */
export const asking = (plan: Plan, ask: Ask) => ({
  id: ask.path,
  entry: [listen(ask)],
  on: {
    'no-input': unheard(plan, ask),
    'no-match': misunderstood(plan, ask),
    begun: {
      target: `#${ask.path}`,
      reenter: true,
      actions: [
        remember(({ event }: Situation) => (event.type === 'begun' ? { begun: event.words } : {})),
        sayOnce(plan, ask.bargeIn, () => [plan.begunSay]),
      ],
    },
    'other-language': otherLanguage(plan, ask),
    command: [
      {
        guard: ({ event }: Situation) => event.type === 'command' && event.command === 'repeat',
        target: `#${ask.path}`,
        reenter: true,
        actions: [
          sayOnce(plan, ask.bargeIn, ({ context }) => {
            const prompts = context.recent.flatMap((id) => plan.prompts.get(id) ?? []);
            return prompts.length > 0 ? prompts : [ask.say];
          }),
        ],
      },
    ],
    'keys-only': [
      { guard: () => ask.keysSay === undefined, ...way(plan, plan.keysOnlyEscalate, 'keys-only') },
      { target: `#${ask.path}`, reenter: true, actions: [remember(() => ({ recent: [] })), ...sayAsk(plan, ask)] },
    ],
  },
});
