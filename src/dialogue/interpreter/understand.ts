import type { GrammarGraph } from '../../domain/grammar-graph.ts';
import { Secret } from '../../domain/secret.ts';
import { type DialogueEvent, type Heard, type Interpretation, LEAST_DOUBT } from '../dialogue.ts';
import type { Ask, Option, Plan, SlotReading } from '../dialplan/plan.ts';
import type { Meaning } from '../grammar/interpret.ts';
import { walk } from '../../grammar/automaton/word-graph.ts';
import { isCourtesy, spokenWords } from '../nlu/spoken-words.ts';
import { digitsSaid } from '../nlu/digits-said.ts';
import type { ValueFacts } from '../values/value-type.ts';
import { digitWordsOf } from './digit-words.ts';
import { meaningsOf } from './interpret-speech.ts';
import { factsOf, heardAs, keyedAs } from './readings.ts';
import type { Understood } from './understood.ts';

/** What an answer goes on from. */
export interface Known {
  /** Words that began it. */
  readonly begun: readonly string[];
  /** How surely they were heard; 1: keyed. */
  readonly begunSurely: number;
  /** ISO 8601, or ''. */
  readonly today: string;
}
const NOTHING_KNOWN: Known = { begun: [], begunSurely: 1, today: '' };

/** What an event means to the question that is open; undefined: nothing, it leaves all as it was. */
export function understand(
  plan: Plan,
  ask: Ask | undefined,
  event: DialogueEvent,
  known: Known = NOTHING_KNOWN,
): Understood | undefined {
  switch (event.type) {
    case 'said':
      return ask === undefined ? undefined : asSurelyAs(known, understandSpeech(plan, ask, event.heard, known));
    case 'keyed':
      return ask === undefined ? undefined : asSurelyAs(known, understandKeys(plan, ask, event.digits, known));
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

/** What goes on from a beginning is no surer than that. */
function asSurelyAs({ begun, begunSurely }: Known, understood: Understood): Understood {
  if (begun.length === 0 || (understood.type !== 'fill' && understood.type !== 'begun')) return understood;
  return { ...understood, confidence: Math.min(understood.confidence, begunSurely) };
}

function understandSpeech(plan: Plan, ask: Ask, heard: readonly Heard[], { begun, today }: Known): Understood {
  const facts = factsOf(plan, today);
  let invalid = false;
  for (const { words, confidence, free, unfinished, interpretations } of heard) {
    if (!free && confidence < LEAST_DOUBT) continue;
    if (unfinished === true) {
      const so = ask.graph === undefined ? undefined : begunBy(ask.graph, begun, spokenWords(words));
      if (so === undefined || confidence < plan.reject) continue;
      return { type: 'begun', words: so, confidence };
    }
    const rivals = eitherOf(ask, interpretations);
    if (rivals !== undefined) return rivals;
    for (const interpretation of interpretations) {
      const { by, meaning } = interpretation;
      if (by === 'intent') {
        // a keyword in an answer of the caller's own words is none of a command
        if (ask.reads.slot?.free === true && interpretation.sure !== true) continue;
        const understood = fromIntent(plan, ask, interpretation);
        if (understood !== undefined) return understood;
        continue;
      }
      const read = fromMeaning(plan, ask, meaning, { confidence: interpretation.confidence, facts });
      const understood = begun.length === 0 ? read : eitherWay(read, ask, interpretations, facts);
      if (understood === 'invalid') invalid = true;
      else if (understood !== undefined) {
        if (contradicted(plan, ask, understood, { heard, confidence })) return { type: 'no-match', invalid: false };
        const taken = free || confidence >= plan.reject ? understood : doubted(understood);
        if (taken !== undefined) return taken;
      }
    }
  }
  return inOwnWords(ask, heard) ?? { type: 'no-match', invalid };
}

/** A number that was begun went on, or began anew: where both are values the caller is asked which. */
function eitherWay(
  read: Understood | 'invalid' | undefined,
  { reads: { slot } }: Ask,
  interpretations: readonly Interpretation[],
  facts: ValueFacts,
): Understood | 'invalid' | undefined {
  if (read === undefined || read === 'invalid' || slot?.type?.most === undefined) return read;
  if (read.type !== 'fill' || read.heard === undefined) return read;
  const { heard } = read;
  const values = interpretations.flatMap(({ by, meaning }) => {
    const said = by === 'grammar' ? meaning[slot.value] : undefined;
    return said === undefined ? [] : (heardAs(slot, said, facts)?.value ?? []);
  });
  const others = new Set([...heard.others, ...values].filter((value) => value !== heard.value));
  return { ...read, heard: { ...heard, others: [...others] } };
}

/** More of them say the same. */
const MOST_HYPOTHESES = 5;

/** What was said freely, where that is the value: the hypotheses, the most likely first. */
function inOwnWords({ reads: { slot } }: Ask, heard: readonly Heard[]): Understood | undefined {
  if (slot?.free !== true) return undefined;
  const said = heard.filter(({ free, words, confidence }) => free && words.length > 0 && confidence >= LEAST_DOUBT);
  const [best] = said;
  if (best === undefined) return undefined;
  const texts = new Set(said.map(({ words }) => words.join(' ').replaceAll('|', ' ')));
  const value = [...texts].slice(0, MOST_HYPOTHESES).join(' | ');
  return { type: 'fill', slots: { [slot.name]: value }, by: 'speech', name: slot.name, confidence: best.confidence };
}

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
  { reads: { slot } }: Ask,
  understood: Understood,
  { heard, confidence }: { readonly heard: readonly Heard[]; readonly confidence: number },
): boolean {
  const asked = understood.type === 'fill' && slot?.type?.name === 'yesno' ? slot : undefined;
  const key = asked?.value ?? 'answer';
  const answer = understood.type === 'fill' ? understood.slots[asked?.name ?? ''] : understood.type;
  if (answer !== 'yes' && answer !== 'no') return false;
  const opposite = answer === 'yes' ? 'no' : 'yes';
  return heard.some(
    (rival) =>
      !rival.free &&
      rival.confidence >= Math.min(plan.accept, confidence) &&
      rival.interpretations.some(({ by, meaning }) => by === 'grammar' && meaning[key] === opposite),
  );
}

/** What was hardly heard is asked back where a question can be; values, commands and answers are not taken. */
function doubted(understood: Understood): Understood | undefined {
  if (understood.type === 'choose') return { ...understood, type: 'unsure' };
  return understood.type === 'unsure' ? understood : undefined;
}

function fromMeaning(
  plan: Plan,
  ask: Ask,
  meaning: Meaning,
  { confidence, facts }: { readonly confidence: number; readonly facts: ValueFacts },
): Understood | 'invalid' | undefined {
  const sure = confidence >= plan.accept;
  const { options, answers, picks, slot, risk } = ask.reads;
  const option = options.find(({ name }) => name === meaning['intent']);
  if (option !== undefined) {
    const slots = Object.fromEntries(Object.entries(meaning).filter(([key]) => plan.slots.has(key)));
    const type = sure || option.risk === 'low' ? 'choose' : 'unsure';
    return { type, option: option.name, slots, by: 'speech', confidence };
  }
  const named = Object.entries(meaning).filter(([key]) => ask.reads.together.has(key));
  if (named.length > 1 || named.some(([key]) => key !== slot?.value))
    return { type: 'several', slots: Object.fromEntries(named), confidence };
  const value = slot === undefined ? undefined : meaning[slot.value];
  if (slot !== undefined && value !== undefined) {
    const heard = heardAs(slot, value, facts);
    if (heard === undefined) return 'invalid';
    const slots = { [slot.name]: heard.value };
    if (answers || picks) return { type: 'correct', slots, confidence, heard };
    return { type: 'fill', slots, by: 'speech', name: slot.name, confidence, heard };
  }
  if (picks && meaning['pick'] !== undefined) return { type: 'pick', place: Number(meaning['pick']) };
  if (answers && meaning['answer'] === 'no') return { type: 'no' };
  // A short "yes" is what recognizers confuse most: what is risky wants to be sure, or a key.
  if (answers && meaning['answer'] === 'yes') return sure || risk === 'low' ? { type: 'yes' } : undefined;
  const aside = ask.reads.asides.find(({ name }) => name === meaning['aside']);
  if (aside !== undefined) return { type: 'aside', name: aside.name };
  const language = plan.languages.find(({ tag }) => tag === meaning['language']);
  if (language !== undefined) return { type: 'language', language: language.tag };
  const command = plan.commands.find(({ name }) => name === meaning['command']);
  if (command !== undefined)
    return sure || command.risk === 'low' || command.confirm !== undefined
      ? { type: 'command', command: command.name }
      : undefined;
  return undefined;
}

/** How near the second guess comes to the first when neither is sure: then the caller is asked which. */
const NEAR = 0.5;

/** Two options of which one is meant, when the best two guesses are close. */
function eitherOf(ask: Ask, interpretations: readonly Interpretation[]): Understood | undefined {
  const [first, second] = interpretations;
  if (first?.sure !== false || second?.sure !== false || second.confidence < NEAR * first.confidence) return undefined;
  const [one, other] = [first, second].map(({ meaning }) => offered(ask, meaning['intent']));
  return one === undefined || other === undefined ? undefined : { type: 'either', options: [one.name, other.name] };
}

const offered = (ask: Ask, name: string | undefined): Option | undefined =>
  ask.reads.options.find((option) => option.name === name);

/** A guess at an option of the question or at a command: what is risky is asked again. */
function fromIntent(
  plan: Plan,
  ask: Ask,
  { meaning, confidence, sure = confidence >= plan.accept, also }: Interpretation,
): Understood | undefined {
  const option = offered(ask, meaning['intent']);
  if (option !== undefined)
    return {
      type: sure && option.risk === 'low' ? 'choose' : 'unsure',
      option: option.name,
      slots: {},
      by: 'speech',
      confidence,
      ...(also === undefined ? {} : { also }),
    };
  const aside = ask.reads.asides.find(({ name }) => name === meaning['aside']);
  if (aside !== undefined) return sure ? { type: 'aside', name: aside.name } : undefined;
  const command = plan.commands.find(({ name }) => name === meaning['command']);
  return command !== undefined && (command.confirm !== undefined || (sure && command.risk === 'low'))
    ? { type: 'command', command: command.name }
    : undefined;
}

function understandKeys(plan: Plan, ask: Ask, keyed: string | Secret, { begun, today }: Known): Understood {
  const { options, answers, picks, slot, collectsDigits } = ask.reads;
  const noMatch: Understood = { type: 'no-match', invalid: false };
  if (keyed instanceof Secret) {
    if (slot === undefined || !slot.secret || !collectsDigits) return noMatch;
    if (keyed.length < slot.min || keyed.length > slot.max) return { type: 'no-match', invalid: true };
    return { type: 'fill', slots: {}, by: 'keys', secret: keyed, name: slot.name, confidence: 1 };
  }
  const digits = ask.listening.keys?.terminator === '#' ? keyed.replace(/#$/, '') : keyed;
  if (picks && (digits === '1' || digits === '2')) return { type: 'pick', place: Number(digits) };
  if (answers && digits === '1') return { type: 'yes' };
  if (answers && digits === '2') return { type: 'no' };
  const option = options.find(({ keys }) => keys === digits);
  if (option !== undefined) return { type: 'choose', option: option.name, slots: {}, by: 'keys', confidence: 1 };
  const command = plan.commands.find(({ keys }) => keys !== undefined && keys === digits);
  if (command !== undefined && (!collectsDigits || !/\d/.test(digits)))
    return { type: 'command', command: command.name };
  const language = plan.languages.find(({ key, tag }) => key === digits && tag !== plan.language);
  if (language !== undefined && !collectsDigits) return { type: 'language', language: language.tag };
  if (!collectsDigits || slot === undefined || slot.secret) return noMatch;
  const facts = factsOf(plan, today);
  // a number that was begun is keyed to its end, or anew: where both are values the caller is asked which
  const whole = [
    ...(begun.length > 0 && goesOn(plan, ask, slot, digitsSaid(begun)) ? [digitsSaid(begun) + digits] : []),
    digits,
  ];
  const [value, ...others] = new Set(whole.flatMap((keys) => keyedAs(slot, keys, facts) ?? []));
  if (value !== undefined) {
    const fill = { type: 'fill', slots: { [slot.name]: value }, by: 'keys', name: slot.name, confidence: 1 } as const;
    // of what was begun the half may have been said: it is judged as what is said
    return value === digits && others.length === 0 ? fill : { ...fill, heard: { value, others, confusable: false } };
  }
  const [beginning = ''] = whole;
  return begins(beginning, slot) && goesOn(plan, ask, slot, beginning)
    ? { type: 'begun', words: digitWordsOf(beginning, plan.language), confidence: 1 }
    : { type: 'no-match', invalid: true };
}

/** Whether digits can be said and keyed in pieces here: of another grammar than one of a type, it has to take them one by one. */
function goesOn({ language }: Plan, { graph }: Ask, { inPieces, type }: SlotReading, digits: string): boolean {
  if (!inPieces || graph === undefined) return false;
  return type !== undefined || walk(graph, digitWordsOf(digits, language)) !== undefined;
}

/** Whether more digits could follow, and most of them are there: a few keys are a slip. */
const begins = (digits: string, { min }: SlotReading): boolean =>
  /^\d+$/.test(digits) && digits.length < min && digits.length >= 2;

/** Whether the words are a whole answer. */
export const completesAsk = (plan: Plan, ask: Ask, words: readonly string[], { begun, today }: Known): boolean =>
  meaningsOf(ask, spokenWords(words), false, begun).some((meaning) => {
    const understood = fromMeaning(plan, ask, meaning, { confidence: 1, facts: factsOf(plan, today) });
    return understood !== undefined && understood !== 'invalid';
  });

/** Whether the words can go on, and still be one sentence of the grammar. */
export function extendsAsk(ask: Ask, words: readonly string[], { begun }: Known): boolean {
  const reached = ask.graph === undefined ? undefined : walk(ask.graph, [...begun, ...spokenWords(words)]);
  return reached?.arcs.some(({ word }) => !isCourtesy(word)) === true;
}
