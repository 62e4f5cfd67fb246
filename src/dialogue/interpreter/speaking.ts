import type { SpokenPrompt } from '../dialogue.ts';
import type { BargeIn, Plan } from '../dialplan/plan.ts';
import { isStatic, type PromptTemplate, promptSpeech, promptText, type Values } from '../dialplan/prompt-template.ts';
import { valuesOf } from './conversation.ts';
import { type Draft, frameOf, inFrame } from './draft.ts';

/** A prompt with the values in it. */
export function spoken(plan: Plan, prompt: PromptTemplate, values: Values): SpokenPrompt {
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

/** Says something that repeating leaves out: apologies. */
export function sayOnce(draft: Draft, bargeIn: BargeIn, prompts: readonly PromptTemplate[]): void {
  if (prompts.length === 0) return;
  const values = valuesOf(draft.now);
  draft.effects.push({
    do: 'say',
    bargeIn,
    prompts: prompts.map((prompt) => spoken(draft.program.plan, prompt, values)),
  });
}

/** Says, and remembers it for "repeat". */
export function say(draft: Draft, bargeIn: BargeIn, prompts: readonly PromptTemplate[]): void {
  sayOnce(draft, bargeIn, prompts);
  inFrame(draft, { recent: [...frameOf(draft).recent, ...prompts.map(({ id }) => id)] });
}
