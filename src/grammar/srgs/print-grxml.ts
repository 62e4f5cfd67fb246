import type { Expansion, SrgsGrammar } from '../model/srgs-grammar.ts';
import { NAMESPACE } from './parse-grxml.ts';

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** The grammar in XML form: what is read back from it is the same grammar. */
export function printGrxml(grammar: SrgsGrammar): string {
  const header: Attributes = {
    version: '1.0',
    xmlns: NAMESPACE,
    'xml:lang': grammar.language === '' ? undefined : grammar.language,
    mode: grammar.mode,
    root: grammar.root,
    'tag-format': grammar.tagFormat === 'none' ? undefined : grammar.tagFormat,
    'xml:base': grammar.base,
  };
  const children = [
    ...grammar.lexicons.map((uri) => element('lexicon', { uri }, '')),
    ...grammar.metas.map(({ name, content, httpEquivalent }) =>
      element('meta', { [httpEquivalent ? 'http-equiv' : 'name']: name, content }, ''),
    ),
    ...grammar.headerTags.map(({ content }) => element('tag', {}, escaped(content))),
    ...[...grammar.rules.values()].map(({ name, scope, expansion }) =>
      element('rule', { id: name, scope }, inner(expansion)),
    ),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('grammar', header, `\n${children.join('\n')}\n`)}\n`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function element(name: string, attributes: Attributes, content: string): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escaped(String(value))}"`],
  );
  return content === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content}</${name}>`;
}

/** What stands in a rule or an item: a sequence needs no element of its own there. */
const inner = (expansion: Expansion): string =>
  expansion.kind === 'sequence' ? expansion.items.map(one).join(' ') : one(expansion);

function one(expansion: Expansion): string {
  switch (expansion.kind) {
    case 'token':
      return element('token', {}, escaped(expansion.text));
    case 'tag':
      return expansion.content === '' ? '<tag></tag>' : element('tag', {}, escaped(expansion.content));
    case 'special':
      return element('ruleref', { special: expansion.name }, '');
    case 'reference': {
      const { uri = '', rule, mediaType } = expansion;
      return element('ruleref', { uri: `${uri}${rule === undefined ? '' : `#${rule}`}`, type: mediaType }, '');
    }
    case 'in-language':
      return element('item', { 'xml:lang': expansion.language }, inner(expansion.item));
    case 'repeat': {
      const { min, max, probability, item } = expansion;
      const repeat = `${min}${max === min ? '' : `-${max ?? ''}`}`;
      return element('item', { repeat, 'repeat-prob': probability }, inner(item));
    }
    case 'sequence':
      return element('item', {}, inner(expansion));
    case 'alternatives':
      return element(
        'one-of',
        {},
        expansion.items.map(({ item, weight }) => element('item', { weight }, inner(item))).join(''),
      );
  }
}
