import type {
  Dialogue,
  DialogueEffect,
  DialogueState,
  DialogueStep,
  Heard,
  IntentExamples,
  PublishedAnswer,
  Recognized,
  SpokenPrompt,
} from './dialogue.ts';
import { languageAmong } from './dialplan/compile-languages.ts';
import { compilePlans } from './dialplan/compile-plan.ts';
import type { BargeIn, Option, Plan } from './dialplan/plan.ts';
import { isStatic, promptText, type Values } from './dialplan/prompt-template.ts';
import type { GrammarSource } from './grammar/compile-grammar.ts';
import type { FlowState } from './flow.ts';
import { flowIn, guardFlow } from './guard-flow.ts';
import { interpretSpeech } from './interpreter/interpret-speech.ts';
import { type Interpreter, openInterpreter } from './interpreter/open-interpreter.ts';
import { writtenIn } from './interpreter/speak-language.ts';
import { spoken } from './interpreter/speaking.ts';
import { completesAsk, extendsAsk, understand } from './interpreter/understand.ts';
import type { Service } from './service.ts';
import { nameOf } from './interpreter/understood.ts';

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
  services: readonly (string | Service)[],
): Dialogue {
  return dialogueOf(...compilePlans(file, text, grammars, services));
}

const NO_VALUES: Values = {};

/** The dialogue of a plan, checked or not: a plan that goes round in circles is stopped by its budget. */
export function dialogueOf(plan: Plan, ...others: readonly Plan[]): Dialogue {
  const flow = openInterpreter(plan, others);
  const planIn = (state: DialogueState): Plan => flow.planIn(flowIn(state));
  const guarded = guardFlow(flow, (state) => {
    const here = flow.planIn(state);
    return {
      apology: spoken(here, here.flowLoopSay, NO_VALUES),
      goodbye: spoken(here, here.goodbyeSay, NO_VALUES),
      ...(here === plan ? {} : { language: here.language }),
    };
  });
  const joined = ([state, ...effects]: DialogueStep): DialogueStep => [state, ...inOneBreath(effects)];
  const inLanguage = (language: string): Dialogue => {
    const spokenHere = [plan, ...others].find((one) => one.language === language) ?? plan;
    return { ...dialogue, language: spokenHere.language, ...readyMade(spokenHere) };
  };
  const dialogue: Dialogue = {
    name: plan.name,
    version: plan.version,
    language: plan.language,
    maximumCallMs: plan.maximumCallMs,
    languages: plan.languages.map(({ tag }) => tag),
    speaking: (tags) => dialogueOf(...inLanguages([plan, ...others], tags)),
    staticPrompts: [plan, ...others].flatMap(staticPrompts),
    examples: intentExamples(plan),
    queues: queuesIn(plan),
    answers: publishedAnswers(plan),
    ...readyMade(plan),
    inLanguage,
    start: (start, input) => joined(guarded.start(start, input)),
    step: (state, event, input) => joined(guarded.step(state, event, input)),
    interpret: (state, recognized, told) => interpretIn(flow, flowIn(state), recognized, told),
    intents(state) {
      const ask = flow.askIn(flowIn(state));
      return ask === undefined ? [] : [...ask.reads.options, ...planIn(state).commands].map(({ name }) => name);
    },
    place: (state) => flow.placeIn(flowIn(state)),
    keyed(state, digits) {
      const understood = understand(planIn(state), flow.askIn(flowIn(state)), { type: 'keyed', digits });
      return understood === undefined ? undefined : nameOf(understood);
    },
    completes(state, words) {
      const ask = flow.askIn(flowIn(state));
      return ask !== undefined && completesAsk(planIn(state), ask, words, flow.knownIn(flowIn(state)));
    },
    extendable(state, words) {
      const ask = flow.askIn(flowIn(state));
      return ask !== undefined && extendsAsk(ask, words, flow.knownIn(flowIn(state)));
    },
    means(state, heard) {
      const understood = understand(
        planIn(state),
        flow.askIn(flowIn(state)),
        { type: 'said', heard },
        flow.knownIn(flowIn(state)),
      );
      return understood !== undefined && understood.type !== 'no-match';
    },
  };
  return dialogue;
}

/** Without the languages, but the first plan's own, that are not named. */
function inLanguages(
  [plan, ...others]: readonly [Plan, ...Plan[]],
  tags: readonly string[],
): readonly [Plan, ...Plan[]] {
  const languages = plan.languages.filter(({ tag }) => tag === plan.language || tags.includes(tag));
  const kept = others.filter(({ language }) => languages.some(({ tag }) => tag === language));
  return [{ ...plan, languages }, ...kept.map((other) => ({ ...other, languages }))];
}

/** In the language that is spoken, or in another one of the dialplan: the one that was told, or that the words are written in. */
function interpretIn(
  flow: Interpreter,
  at: FlowState | undefined,
  recognized: readonly Recognized[],
  told: string | undefined,
): readonly Heard[] {
  const here = flow.planIn(at);
  const heard = interpretSpeech(here, flow.askIn(at), recognized, flow.knownIn(at).begun);
  const language = told === undefined ? writtenIn(here, heard) : languageAmong(here.languages, told);
  if (language === undefined || language === here.language) return heard;
  const there = interpretSpeech(flow.planIn(at, language), flow.askIn(at, language), recognized, []);
  return there.map((one) => ({ ...one, language }));
}

/** What is said when something of the server fails. */
const readyMade = (plan: Plan): Pick<Dialogue, 'disturbed' | 'notRecorded' | 'recordingLost' | 'lineLost'> => ({
  disturbed: spoken(plan, plan.disturbedSay, NO_VALUES),
  notRecorded: spoken(plan, plan.notRecordedSay, NO_VALUES),
  recordingLost: spoken(plan, plan.recordingLostSay, NO_VALUES),
  lineLost: spoken(plan, plan.lineLostSay, NO_VALUES),
});

function staticPrompts(plan: Plan): SpokenPrompt[] {
  const byText = new Map<string, SpokenPrompt>();
  for (const prompt of plan.prompts.values()) {
    if (!isStatic(prompt)) continue;
    const ready = spoken(plan, prompt, NO_VALUES);
    const said = ready.speech ?? ready.text;
    if (!byText.has(said)) byText.set(said, ready);
  }
  return [...byText.values()];
}

const queuesIn = ({ states }: Plan): string[] => [
  ...new Set(states.flatMap((state) => (state.kind === 'transfer' ? (state.queue ?? []) : []))),
];

function intentExamples(plan: Plan): IntentExamples[] {
  const byIntent = new Map<string, { readonly of: IntentExamples['of']; readonly sentences: Set<string> }>();
  const add = (of: IntentExamples['of'], { name, examples }: Pick<Option, 'name' | 'examples'>): void => {
    if (examples.length === 0) return;
    const { sentences = [] } = byIntent.get(name) ?? {};
    byIntent.set(name, { of, sentences: new Set([...sentences, ...examples]) });
  };
  for (const option of plan.questions.flatMap(({ reads }) => reads.options)) add('option', option);
  for (const command of plan.commands) add('command', command);
  return Array.from(byIntent, ([intent, { of, sentences }]) => ({ intent, of, sentences: [...sentences] }));
}

/** An option that says something on its way, to everybody the same, is an answer; one that several questions offer is one. */
function publishedAnswers(plan: Plan): PublishedAnswer[] {
  const byText = new Map<string, PublishedAnswer>();
  for (const { name, go, confirm, keywords } of plan.questions.flatMap(({ reads }) => reads.options)) {
    if (go.say === undefined || !isStatic(go.say)) continue;
    const text = promptText(go.say, {}, plan.language);
    byText.set(text, { name, title: promptText(confirm, {}, plan.language), text, keywords });
  }
  return [...byText.values()];
}

/** In order; what is said in one breath becomes one `say`. */
function inOneBreath(emitted: readonly DialogueEffect[]): DialogueEffect[] {
  const effects: DialogueEffect[] = [];
  /** What is being said: the last effect but reports, with its prompts, which may become more. */
  let breath: { readonly bargeIn: BargeIn; readonly prompts: SpokenPrompt[] } | undefined;
  for (const effect of emitted) {
    if (effect.do === 'say' && breath !== undefined && breath.bargeIn === effect.bargeIn)
      breath.prompts.push(...effect.prompts);
    else if (effect.do === 'say') {
      if (effect.prompts.length === 0) continue;
      breath = { bargeIn: effect.bargeIn, prompts: [...effect.prompts] };
      effects.push({ ...effect, ...breath });
    } else {
      if (effect.do !== 'report') breath = undefined;
      effects.push(effect);
    }
  }
  return effects;
}
