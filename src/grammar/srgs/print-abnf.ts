import type { Expansion, Reference, SrgsGrammar } from '../model/srgs-grammar.ts';

/** The grammar in ABNF form: what is read back from it is the same grammar. */
export function printAbnf(grammar: SrgsGrammar): string {
  const lines = ['#ABNF 1.0 UTF-8;'];
  if (grammar.language !== '') lines.push(`language ${grammar.language};`);
  lines.push(`mode ${grammar.mode};`);
  if (grammar.root !== undefined) lines.push(`root $${grammar.root};`);
  if (grammar.tagFormat !== 'none') lines.push(`tag-format <${grammar.tagFormat}>;`);
  if (grammar.base !== undefined) lines.push(`base <${grammar.base}>;`);
  for (const uri of grammar.lexicons) lines.push(`lexicon <${uri}>;`);
  for (const { name, content, httpEquivalent } of grammar.metas)
    lines.push(`${httpEquivalent ? 'http-equiv' : 'meta'} ${quoted(name)} is ${quoted(content)};`);
  for (const { content } of grammar.headerTags) lines.push(`${tag(content)};`);
  for (const { name, scope, expansion } of grammar.rules.values())
    lines.push(`${scope} $${name} = ${expansionText(expansion, 'alternatives')};`);
  return `${lines.join('\n')}\n`;
}

const quoted = (text: string): string => (text.includes("'") ? `"${text}"` : `'${text}'`);
const tag = (content: string): string => (/[{}]/.test(content) ? `{!{${content}}!}` : `{${content}}`);

/** @param place - what may stand there without brackets: alternatives, a sequence, or one thing */
function expansionText(expansion: Expansion, place: 'alternatives' | 'sequence' | 'one'): string {
  switch (expansion.kind) {
    case 'token':
      return /^[^\s;=|()[\]<>${}"'/!~]+$/.test(expansion.text) ? expansion.text : `"${expansion.text}"`;
    case 'tag':
      return tag(expansion.content);
    case 'special':
      return `$${expansion.name}`;
    case 'reference':
      return referenceText(expansion);
    case 'in-language':
      return `${bracketed(expansion.item)}!${expansion.language}`;
    case 'repeat': {
      const { min, max, probability } = expansion;
      const odds = probability === undefined ? '' : ` /${probability}/`;
      return `${bracketed(expansion.item)}<${min}${max === min ? '' : `-${max ?? ''}`}${odds}>`;
    }
    case 'sequence': {
      const text = expansion.items.map((item) => expansionText(item, 'one')).join(' ');
      return place === 'one' ? `(${text})` : text;
    }
    case 'alternatives': {
      const text = expansion.items
        .map(({ item, weight }) => (weight === undefined ? '' : `/${weight}/ `) + expansionText(item, 'sequence'))
        .join(' | ');
      return place === 'alternatives' ? text : `(${text})`;
    }
  }
}

/** Repeats and languages bind to one thing; what carries one already is bracketed. */
const bracketed = (item: Expansion): string => {
  const text = expansionText(item, 'one');
  return item.kind === 'in-language' || item.kind === 'repeat' || item.kind === 'tag' ? `(${text})` : text;
};

function referenceText({ uri, rule, mediaType }: Reference): string {
  if (uri === undefined) return `$${rule ?? ''}`;
  return `$<${uri}${rule === undefined ? '' : `#${rule}`}>${mediaType === undefined ? '' : `~<${mediaType}>`}`;
}
