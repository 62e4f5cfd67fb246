import type { GrammarGraph } from '../../domain/grammar-graph.ts';
import { Secret } from '../../domain/secret.ts';
import { type DialogueEvent, type Heard, LEAST_DOUBT } from '../dialogue.ts';
import type { Ask, Plan } from '../dialplan/plan.ts';
import { interpret, type Meaning } from '../grammar/interpret.ts';
import { walk } from '../grammar/word-graph.ts';
import { guessIntents } from '../nlu/keyword-intents.ts';
import { spokenWords, withoutHesitations } from '../nlu/spoken-words.ts';
import type { Understood } from './context.ts';

/** A keyword guess below this is no guess. */
const LEAST_GUESS = 0.3;

/** What an event means to the question that is open; undefined: nothing, it leaves all as it was. */
export function understand(
  plan: Plan,
  ask: Ask | undefined,
  event: DialogueEvent,
  begun: readonly string[] = [],
): Understood | undefined {
  switch (event.type) {
    case 'said':
      return ask === undefined ? undefined : understandSpeech(plan, ask, event.heard, begun);
    case 'keyed':
      return ask === undefined ? undefined : understandKeys(plan, ask, event.digits);
    case 'no-match':
      return ask === undefined ? undefined : { type: 'no-match', invalid: false };
    case 'other-language':
      return ask === undefined ? undefined : event;
    case 'no-input':
      // Silence where nobody was asked: whatever was being said is over.
      return { type: ask === undefined ? 'prompts-finished' : 'no-input' };
    case 'prompts-finished':
      return ask === undefined ? event : undefined;
    default:
      return event;
  }
}

function understandSpeech(plan: Plan, ask: Ask, heard: readonly Heard[], begun: readonly string[]): Understood {
  let invalid = false;
  for (const { words, confidence, free, unfinished } of heard) {
    if (!free && confidence < LEAST_DOUBT) continue;
    const spoken = spokenWords(words);
    if (unfinished === true) {
      const so = ask.graph === undefined ? undefined : begunBy(ask.graph, begun, spoken);
      if (so === undefined || confidence < plan.reject) continue;
      return { type: 'begun', words: so };
    }
    for (const attempt of attempts(spoken, free, begun))
      for (const meaning of meanings(ask, attempt)) {
        // Free text that happens to be a sentence of the grammar was not heard as one: never surer than the threshold.
        const understood = fromMeaning(plan, ask, meaning, free ? Math.max(confidence, plan.reject) : confidence);
        if (understood === 'invalid') invalid = true;
        else if (understood !== undefined) {
          if (contradicted(plan, ask, understood, heard, confidence)) return { type: 'no-match', invalid: false };
          const taken = free || confidence >= plan.reject ? understood : doubted(understood);
          if (taken !== undefined) return taken;
        }
      }
    if (free) {
      const understood = fromKeywords(plan, ask, spoken);
      if (understood !== undefined) return understood;
    }
  }
  return { type: 'no-match', invalid };
}

/** As it was said; and as the rest of what was begun. */
const attempts = (
  spoken: readonly string[],
  free: boolean,
  begun: readonly string[],
): readonly (readonly string[])[] => [
  spoken,
  ...(free ? [withoutHesitations(spoken)] : []),
  ...(begun.length === 0 ? [] : [[...begun, ...spoken]]),
];

/** All that was begun: it went on, or began anew. Undefined when the words begin nothing here. */
function begunBy(
  graph: GrammarGraph,
  begun: readonly string[],
  spoken: readonly string[],
): readonly string[] | undefined {
  return [[...begun, ...spoken], spoken].find((words) => walk(graph, words) !== undefined);
}

/** Whether a yes was as surely heard as a no, or nearly: recognizers take a short "no" for "yep". Then it is neither. */
function contradicted(
  plan: Plan,
  ask: Ask,
  { type }: Understood,
  heard: readonly Heard[],
  confidence: number,
): boolean {
  if (type !== 'yes' && type !== 'no') return false;
  const opposite = type === 'yes' ? 'no' : 'yes';
  return heard.some(
    (rival) =>
      !rival.free &&
      rival.confidence >= Math.min(plan.accept, confidence) &&
      meanings(ask, spokenWords(rival.words)).some((meaning) => meaning['answer'] === opposite),
  );
}

/** What was hardly heard is asked back where a question can be; values, commands and answers are not taken. */
function doubted(understood: Understood): Understood | undefined {
  if (understood.type === 'choose') return { ...understood, type: 'unsure' };
  return understood.type === 'unsure' ? understood : undefined;
}

const meanings = (ask: Ask, words: readonly string[]): readonly Meaning[] =>
  words.length === 0 ? [] : ask.networks.flatMap((network) => interpret(network, words));

function fromMeaning(plan: Plan, ask: Ask, meaning: Meaning, confidence: number): Understood | 'invalid' | undefined {
  const sure = confidence >= plan.accept;
  const { options, answers, slot, risk } = ask.reads;
  const option = options.find(({ name }) => name === meaning['intent']);
  if (option !== undefined) {
    const slots = Object.fromEntries(Object.entries(meaning).filter(([key]) => plan.slots.has(key)));
    return { type: sure || option.risk === 'low' ? 'choose' : 'unsure', option: option.name, slots, by: 'speech' };
  }
  const value = slot === undefined ? undefined : meaning[slot.value];
  if (slot !== undefined && value !== undefined) {
    if (slot.matches !== undefined && !slot.matches.matches(value)) return 'invalid';
    const slots = { [slot.name]: value };
    if (answers) return { type: 'correct', slots };
    return { type: sure ? 'fill' : 'unsure-fill', slots, by: 'speech', name: slot.name };
  }
  if (answers && meaning['answer'] === 'no') return { type: 'no' };
  // A short "yes" is what recognizers confuse most: what is risky wants to be sure, or a key.
  if (answers && meaning['answer'] === 'yes') return sure || risk === 'low' ? { type: 'yes' } : undefined;
  const command = plan.commands.find(({ name }) => name === meaning['command']);
  if (command !== undefined)
    return sure || command.risk === 'low' || command.confirm !== undefined
      ? { type: 'command', command: command.name, during: ask.path }
      : undefined;
  return undefined;
}

/** Free text that no grammar takes: commands are guessed beside the question's own intents. */
function fromKeywords(plan: Plan, ask: Ask, words: readonly string[]): Understood | undefined {
  const [best] = guessIntents([...ask.reads.options, ...plan.commands], words);
  if (best === undefined || best.confidence < LEAST_GUESS) return undefined;
  const sure = best.confidence >= plan.accept;
  const option = ask.reads.options.find(({ name }) => name === best.name);
  if (option !== undefined)
    return { type: sure && option.risk === 'low' ? 'choose' : 'unsure', option: option.name, slots: {}, by: 'speech' };
  const command = plan.commands.find(({ name }) => name === best.name);
  return command !== undefined && (command.confirm !== undefined || (sure && command.risk === 'low'))
    ? { type: 'command', command: command.name, during: ask.path }
    : undefined;
}

function understandKeys(plan: Plan, ask: Ask, keyed: string | Secret): Understood {
  const { options, answers, slot, collectsDigits } = ask.reads;
  const noMatch: Understood = { type: 'no-match', invalid: false };
  if (keyed instanceof Secret) {
    if (slot === undefined || !slot.secret || !collectsDigits) return noMatch;
    if (keyed.length < slot.min || keyed.length > slot.max) return { type: 'no-match', invalid: true };
    return { type: 'fill', slots: {}, by: 'keys', secret: keyed, name: slot.name };
  }
  const digits = ask.listening.keys?.terminator === '#' ? keyed.replace(/#$/, '') : keyed;
  if (answers && digits === '1') return { type: 'yes' };
  if (answers && digits === '2') return { type: 'no' };
  const option = options.find(({ keys }) => keys === digits);
  if (option !== undefined) return { type: 'choose', option: option.name, slots: {}, by: 'keys' };
  const command = plan.commands.find(({ keys }) => keys !== undefined && keys === digits);
  if (command !== undefined && (!collectsDigits || !/\d/.test(digits)))
    return { type: 'command', command: command.name, during: ask.path };
  if (!collectsDigits || slot === undefined || slot.secret) return noMatch;
  const right =
    /^\d+$/.test(digits) &&
    digits.length >= slot.min &&
    digits.length <= slot.max &&
    (slot.matches?.matches(digits) ?? true);
  return right
    ? { type: 'fill', slots: { [slot.name]: digits }, by: 'keys', name: slot.name }
    : { type: 'no-match', invalid: true };
}

/** Whether the words are a whole answer. */
export const completesAsk = (plan: Plan, ask: Ask, words: readonly string[], begun: readonly string[] = []): boolean =>
  attempts(spokenWords(words), false, begun)
    .flatMap((attempt) => meanings(ask, attempt))
    .some((meaning) => {
      const understood = fromMeaning(plan, ask, meaning, 1);
      return understood !== undefined && understood !== 'invalid';
    });

/** What people add to an answer that was whole without it. */
const COURTESIES = new Set(['please', 'thanks', 'thank']);

/** Whether the words can go on, and still be one sentence of the grammar. */
export function extendsAsk(ask: Ask, words: readonly string[], begun: readonly string[] = []): boolean {
  const reached = ask.graph === undefined ? undefined : walk(ask.graph, [...begun, ...spokenWords(words)]);
  return reached?.arcs.some(({ word }) => !COURTESIES.has(word)) === true;
}
