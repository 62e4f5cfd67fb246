import { restOfGraph } from '../../grammar/automaton/rest-of-graph.ts';
import { HELP } from '../dialplan/compile-command.ts';
import type { Ask } from '../dialplan/plan.ts';
import type { PromptTemplate } from '../dialplan/prompt-template.ts';
import { pathOf, type Place } from './conversation.ts';
import { type Draft, frameOf, inFrame, remember, report, standAt } from './draft.ts';
import { breakOff, go } from './go.ts';
import { speak } from './speak-language.ts';
import { say, sayOnce } from './speaking.ts';

/* What every question does: it is asked, and asked again after silence, nonsense, "repeat" and the loss of recognition. */

/** A question that begins: asked, or left to those who can neither be understood nor answer by keys. */
export function beginAsking(draft: Draft, ask: Ask, at: Place): void {
  const { plan } = draft.program;
  if (draft.now.keysOnly && ask.keysSay === undefined) {
    go(draft, plan.keysOnlyEscalate, 'keys-only');
    return;
  }
  freshTroubles(draft);
  sayAsk(draft, ask);
  listenAt(draft, ask, at);
}

/** Nothing has gone wrong yet with the question that begins. */
export const freshTroubles = (draft: Draft): void =>
  inFrame(draft, { troubles: { noInputs: 0, noMatches: 0 }, pending: null, begun: [] });

/** The question itself, in keys' words when only keys can answer; the first of those explains why. */
export function sayAsk(draft: Draft, ask: Ask): void {
  const { keysOnly, keysOnlySaid } = draft.now;
  if (keysOnly && !keysOnlySaid) sayOnce(draft, ask.bargeIn, [draft.program.plan.keysOnlySay]);
  remember(draft, { keysOnlySaid: keysOnly });
  say(draft, ask.bargeIn, [keysOnly ? (ask.keysSay ?? ask.say) : ask.say]);
}

/** Waits for an answer. */
export function listenAt(draft: Draft, ask: Ask, at: Place): void {
  standAt(draft, at);
  const { speech, ...listening } = ask.listening;
  if (draft.now.keysOnly && speech !== undefined) draft.effects.push({ do: 'listen', listening, deaf: true });
  else draft.effects.push({ do: 'listen', listening: goingOn(ask, frameOf(draft).begun) });
}

/** Of an answer that was begun, the rest is listened for. */
function goingOn({ listening }: Ask, begun: readonly string[]): Ask['listening'] {
  const { speech } = listening;
  if (speech === undefined || begun.length === 0) return listening;
  return { ...listening, speech: { ...speech, grammar: restOfGraph(speech.grammar, begun) } };
}

/** Asks once more, after something said about what went wrong. */
function again(draft: Draft, ask: Ask, prompts: readonly PromptTemplate[]): void {
  sayOnce(draft, ask.bargeIn, prompts);
  listenAt(draft, ask, frameOf(draft).at);
}

export function countNoMatch(draft: Draft): void {
  const { troubles } = frameOf(draft);
  const noMatches = troubles.noMatches + 1;
  inFrame(draft, { troubles: { ...troubles, noMatches } });
  report(draft, { type: 'no-match', attempt: noMatches });
}

export function countNoInput(draft: Draft): void {
  const { troubles } = frameOf(draft);
  const noInputs = troubles.noInputs + 1;
  inFrame(draft, { troubles: { ...troubles, noInputs } });
  remember(draft, { silent: draft.now.silent + 1 });
  report(draft, { type: 'no-input', attempt: noInputs });
}

const isLastTry = (draft: Draft, { tries }: Ask): boolean => {
  const { noInputs, noMatches } = frameOf(draft).troubles;
  return noInputs + noMatches + 1 >= tries;
};

/** Whether this silence is the one after which a silent caller is let go. */
export const isSilentTooLong = ({ now, program }: Draft): boolean => now.silent + 1 >= program.plan.silentTries;

/**
 * Not understood: again in other words, or to `escalate` after too many troubles. Used for "no" to a guess as well.
 *
 * @param back - the question that is asked then
 */
export function misunderstood(draft: Draft, ask: Ask, back: { readonly ask: Ask; readonly at: Place }): void {
  const last = isLastTry(draft, ask);
  countNoMatch(draft);
  inFrame(draft, { begun: [] });
  if (last) {
    go(draft, ask.escalate, 'trouble');
    return;
  }
  const { event } = draft;
  const invalid = event?.type === 'no-match' && event.invalid ? back.ask.invalid : undefined;
  const variant = nth(back.ask.noMatch, frameOf(draft).troubles.noMatches);
  standAt(draft, back.at);
  again(draft, back.ask, troubleWords(draft, back.ask, variant, invalid));
}

/** With keys only, the question follows the apology in keys' words. */
function troubleWords(
  { now }: Draft,
  ask: Ask,
  variant: readonly PromptTemplate[],
  invalid: PromptTemplate | undefined,
): readonly PromptTemplate[] {
  if (now.keysOnly && ask.keysSay !== undefined) return [invalid ?? variant[0] ?? ask.again, ask.keysSay];
  return invalid === undefined ? variant : [invalid, ask.again];
}

/** 1st, 2nd, 3rd… time; the last one stays. */
const nth = (variants: readonly (readonly PromptTemplate[])[], n: number): readonly PromptTemplate[] =>
  variants[Math.min(n, variants.length) - 1] ?? [];

function unheard(draft: Draft, ask: Ask): void {
  const tooLong = isSilentTooLong(draft);
  const last = isLastTry(draft, ask);
  countNoInput(draft);
  if (tooLong) breakOff(draft, draft.program.plan.silent);
  else if (last) go(draft, ask.escalate, 'trouble');
  else again(draft, ask, troubleWords(draft, ask, nth(ask.noInput, frameOf(draft).troubles.noInputs), undefined));
}

/** Another language was spoken: to those who serve it; else the keys are offered, and the second time a person. */
function otherLanguage(draft: Draft, ask: Ask, language: string): void {
  if (askedIn(draft, language)) return;
  const { languages, escalate, say: words } = draft.program.plan.otherLanguage;
  const served = languages.get(language);
  if (served !== undefined) {
    go(draft, served, 'other-language');
    return;
  }
  const before = draft.now.otherLanguages;
  remember(draft, { otherLanguages: before + 1 });
  countNoMatch(draft);
  if (before >= 1) go(draft, escalate, 'other-language');
  else again(draft, ask, [...words, ask.keysSay ?? ask.again]);
}

/** The same question in another language of the dialplan. @returns whether it has that language, and another one was spoken */
function askedIn(draft: Draft, language: string): boolean {
  if (!speak(draft, language)) return false;
  const { at, recent } = frameOf(draft);
  const { asks, prompts } = draft.program.plan;
  const ask = asks.get(pathOf(at));
  if (ask === undefined) throw new RangeError(`no question stands at '${pathOf(at)}' in ${language}`);
  inFrame(draft, { begun: [] });
  // what was said last in front of the question is the question
  const question = prompts.get(recent.at(-1) ?? '') ?? ask.say;
  again(draft, ask, [draft.now.keysOnly ? (ask.keysSay ?? question) : question]);
  return true;
}

function repeat(draft: Draft, ask: Ask): void {
  const { prompts } = draft.program.plan;
  const recent = frameOf(draft).recent.flatMap((id) => prompts.get(id) ?? []);
  again(draft, ask, recent.length > 0 ? recent : [ask.say]);
}

/** What a question does with whatever answers nothing. */
export function unanswered(draft: Draft, ask: Ask): void {
  const { event } = draft;
  const { plan } = draft.program;
  switch (event?.type) {
    case 'no-input':
      unheard(draft, ask);
      return;
    case 'no-match':
      misunderstood(draft, ask, { ask, at: frameOf(draft).at });
      return;
    case 'begun':
      inFrame(draft, { begun: event.words, begunSurely: event.confidence });
      again(draft, ask, [plan.begunSay]);
      return;
    case 'language':
      if (!askedIn(draft, event.language)) again(draft, ask, [ask.again]);
      return;
    case 'other-language':
      otherLanguage(draft, ask, event.language);
      return;
    case 'command':
      if (event.command === 'repeat') repeat(draft, ask);
      else if (event.command === HELP) again(draft, ask, [ask.help]);
      return;
    case 'keys-only':
      if (ask.keysSay === undefined) go(draft, plan.keysOnlyEscalate, 'keys-only');
      else {
        inFrame(draft, { recent: [] });
        sayAsk(draft, ask);
        listenAt(draft, ask, frameOf(draft).at);
      }
  }
}
