import type { PromptTemplate } from '../dialplan/prompt-template.ts';
import { listenAt } from './asking.ts';
import { pathOf } from './conversation.ts';
import { type Draft, frameOf, inFrame } from './draft.ts';
import { reportEntered } from './enter-state.ts';
import { go } from './go.ts';
import { sayOnce } from './speaking.ts';

/** The question that was interrupted is asked once more. @param before - what is said in front of it */
export function resume(draft: Draft, before: readonly PromptTemplate[] = []): void {
  inFrame(draft, { begun: [] });
  const { at, recent } = frameOf(draft);
  const { plan } = draft.program;
  const ask = plan.asks.get(pathOf(at));
  if (ask === undefined) throw new RangeError(`no question stands at '${pathOf(at)}'`);
  if (draft.now.keysOnly && ask.keysSay === undefined) {
    go(draft, plan.keysOnlyEscalate, 'keys-only');
    return;
  }
  // what was said last in front of the question is the question
  const question = plan.prompts.get(recent.at(-1) ?? '') ?? ask.say;
  sayOnce(draft, ask.bargeIn, [...before, draft.now.keysOnly ? (ask.keysSay ?? question) : question]);
  reportEntered(draft, at.state);
  listenAt(draft, ask, at);
}
