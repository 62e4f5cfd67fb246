import type { MeaningValue } from '../model/grammar-library.ts';
import type { SaidNode } from '../parse/best-parses.ts';
import { textOf } from '../parse/parse-sentence.ts';
import type { Interpreted } from './interpretation-program.ts';

/**
 * The meaning of a parse without scripts: of tags that are strings the last one, else that of the last rule, else the words
 * (SISR 1.0, sections 4 and 6).
 */
export function literalMeaning(node: SaidNode, said: Interpreted): MeaningValue {
  if (node.rule.builtin) return said.builtin(node);
  let tag: string | undefined;
  let last: SaidNode | undefined;
  for (const part of node.parts) {
    if (part.kind === 'tag') tag = said.grammar.tags[part.tag]?.content;
    if (part.kind === 'rule') last = part.node;
  }
  if (tag !== undefined) return tag;
  return last === undefined ? textOf(said.atoms, node.from, node.to) : literalMeaning(last, said);
}

/** Whether a script has a say in it. */
export const needsScripts = (node: SaidNode): boolean =>
  (node.rule.tagFormat === 'semantics/1.0' && node.parts.some(({ kind }) => kind === 'tag')) ||
  node.parts.some((part) => part.kind === 'rule' && needsScripts(part.node));
