import type { Position } from '../model/grammar-error.ts';
import type { Alternative, Expansion } from '../model/srgs-grammar.ts';
import { type GrammarDraft, sequenceOf } from './grammar-draft.ts';
import { readReference } from './read-reference.ts';
import * as value from './srgs-values.ts';

/* What each element of the XML form means (SRGS 1.0, sections 2 to 4). */

/** An element while it is open. */
export interface Element {
  readonly name: string;
  /** Without a namespace, or `xml:lang`, `xml:base`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly at: Position;
  readonly items: Expansion[];
  readonly alternatives: Alternative[];
  text: string;
}

interface ElementReader {
  /** The elements that it may stand in; '' is the document. */
  readonly within: readonly string[];
  /** When it opens. */
  readonly check?: (element: Element, draft: GrammarDraft) => void;
  /** When it closes. */
  readonly finish?: (element: Element, parent: Element | undefined, draft: GrammarDraft) => void;
}

const EXPANSION = ['rule', 'item'];

export const readers: Readonly<Record<string, ElementReader>> = {
  grammar: { within: [''], check: checkGrammar },
  meta: {
    within: ['grammar'],
    check: ({ attributes, at }, draft) => {
      const content = attributes.get('content');
      const name = attributes.get('name') ?? attributes.get('http-equiv');
      if (content === undefined || name === undefined)
        draft.problem(at, 'expected name (or http-equiv) and content of <meta>');
      else draft.metas.push({ name, content, httpEquivalent: !attributes.has('name') });
    },
  },
  metadata: { within: ['grammar'] },
  lexicon: {
    within: ['grammar'],
    check: ({ attributes, at }, draft) => {
      const uri = attributes.get('uri');
      if (uri === undefined) draft.problem(at, 'expected the uri of <lexicon>');
      else draft.lexicons.push(uri);
    },
  },
  rule: { within: ['grammar'], check: checkRule, finish: finishRule },
  example: { within: ['rule'] },
  'one-of': {
    within: EXPANSION,
    finish: (element, parent, draft) => {
      if (element.alternatives.length === 0) draft.problem(element.at, 'expected at least one <item> in <one-of>');
      const [first] = element.alternatives;
      const only = element.alternatives.length === 1 && first?.weight === undefined ? first?.item : undefined;
      add(parent, element, only ?? { kind: 'alternatives', items: element.alternatives }, draft);
    },
  },
  item: { within: [...EXPANSION, 'one-of'], finish: finishItem },
  token: {
    within: EXPANSION,
    finish: (element, parent, draft) => {
      const text = value.normalToken(element.text);
      if (text === '') draft.problem(element.at, 'expected words in <token>');
      else if (text.includes('"')) draft.problem(element.at, 'expected no double quotes in <token>');
      else add(parent, element, draft.token(text, element.at), draft);
    },
  },
  tag: {
    within: [...EXPANSION, 'grammar'],
    finish: (element, parent, draft) => {
      const tag = { content: element.text, at: element.at };
      if (parent?.name === 'grammar') draft.headerTags.push(tag);
      else parent?.items.push({ kind: 'tag', ...tag });
    },
  },
  ruleref: { within: EXPANSION, finish: finishReference },
};

function checkGrammar({ attributes, at }: Element, draft: GrammarDraft): void {
  if (attributes.get('version') !== '1.0') draft.problem(at, 'expected version="1.0" on <grammar>');
  const mode = attributes.get('mode') ?? 'voice';
  if (mode === 'voice' || mode === 'dtmf') draft.mode = mode;
  else draft.problem(at, `expected mode="voice" or mode="dtmf", found '${mode}'`);
  const language = languageOf(attributes, at, draft);
  if (language !== undefined) draft.language = language;
  const root = attributes.get('root');
  if (root !== undefined) draft.root = { name: root, at };
  draft.base = attributes.get('xml:base');
  const format = attributes.get('tag-format');
  if (format === undefined) return;
  const known = value.readTagFormat(format);
  if (known === undefined) draft.problem(at, `expected tag-format ${value.EXPECTED_TAG_FORMAT}, found '${format}'`);
  else draft.tagFormat = known;
}

function checkRule({ attributes, at }: Element, draft: GrammarDraft): void {
  const scope = attributes.get('scope') ?? 'private';
  if (scope !== 'public' && scope !== 'private')
    draft.problem(at, `expected scope="public" or scope="private", found '${scope}'`);
  const name = attributes.get('id');
  if (name === undefined || !value.isRuleName(name))
    draft.problem(at, `expected id with ${value.EXPECTED_NAME}, found ${name === undefined ? 'none' : `'${name}'`}`);
}

function finishRule({ attributes, at, items }: Element, _parent: Element | undefined, draft: GrammarDraft): void {
  const name = attributes.get('id');
  if (name === undefined || !value.isRuleName(name)) return;
  if (items.length === 0)
    draft.problem(
      at,
      `expected words or references in the rule ${name}, found none; <ruleref special="NULL"/> is silence`,
    );
  const scope = attributes.get('scope') === 'public' ? 'public' : 'private';
  draft.rule({ name, scope, expansion: sequenceOf(items), at });
}

function finishItem(element: Element, parent: Element | undefined, draft: GrammarDraft): void {
  const { attributes, at, items } = element;
  let item: Expansion = items.length === 0 ? { kind: 'special', name: 'NULL' } : sequenceOf(items);
  const language = languageOf(attributes, at, draft);
  if (language !== undefined) item = { kind: 'in-language', language, item };
  const repeatText = attributes.get('repeat');
  const oddsText = attributes.get('repeat-prob');
  const probability = oddsText === undefined ? undefined : value.readProbability(oddsText);
  if (oddsText !== undefined && probability === undefined)
    draft.problem(at, `expected repeat-prob with ${value.EXPECTED_PROBABILITY}, found '${oddsText}'`);
  if (repeatText !== undefined) {
    const repeat = value.readRepeat(repeatText);
    if (repeat === undefined) draft.problem(at, `expected ${value.EXPECTED_REPEAT}, found '${repeatText}'`);
    else item = { kind: 'repeat', item, ...repeat, ...(probability === undefined ? {} : { probability }) };
  }
  const weightText = attributes.get('weight');
  const weight = weightText === undefined ? undefined : value.readWeight(weightText);
  if (weightText !== undefined && weight === undefined)
    draft.problem(at, `expected ${value.EXPECTED_WEIGHT}, found '${weightText}'`);
  if (parent?.name === 'one-of') parent.alternatives.push(weight === undefined ? { item } : { item, weight });
  else {
    if (weightText !== undefined) draft.problem(at, 'expected weight on an <item> of <one-of> only');
    parent?.items.push(item);
  }
}

function finishReference(element: Element, parent: Element | undefined, draft: GrammarDraft): void {
  const { attributes, at } = element;
  const special = attributes.get('special');
  const uri = attributes.get('uri');
  if ((special === undefined) === (uri === undefined)) {
    draft.problem(at, 'expected either uri or special on <ruleref>');
    return;
  }
  if (special !== undefined) {
    const name = value.specialName(special);
    if (name === undefined) draft.problem(at, `expected special="NULL", "VOID" or "GARBAGE", found '${special}'`);
    else parent?.items.push({ kind: 'special', name });
    return;
  }
  const reference = readReference(uri ?? '', at, attributes.get('type'));
  if (typeof reference === 'string') draft.problem(at, `expected ${reference}, found '${uri}'`);
  else parent?.items.push(reference);
}

/** With the element's language around it. */
function add(parent: Element | undefined, { attributes, at }: Element, item: Expansion, draft: GrammarDraft): void {
  const language = languageOf(attributes, at, draft);
  parent?.items.push(language === undefined ? item : { kind: 'in-language', language, item });
}

function languageOf(attributes: Element['attributes'], at: Position, draft: GrammarDraft): string | undefined {
  const language = attributes.get('xml:lang');
  if (language === undefined || value.isLanguage(language)) return language;
  draft.problem(at, `expected xml:lang with ${value.EXPECTED_LANGUAGE}, found '${language}'`);
  return undefined;
}
