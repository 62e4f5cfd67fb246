import { grammarWordNetwork } from '../../grammar/automaton/grammar-network.ts';
import type { Network, NetworkBuilder } from '../../grammar/automaton/network.ts';
import { builtinGrammar } from '../../grammar/builtin/builtin-grammar.ts';
import { loadLibrary } from '../../grammar/load-library.ts';
import { primaryLanguage } from '../../language/primary-language.ts';

/** Built-in grammars of VoiceXML 2.0, appendix P, whose meaning depends on more than their words: the day, the type of the slot. */
export const SAID_VALUES = ['currency', 'date', 'duration', 'number', 'phone', 'time'] as const;

/** What may be said for each, by language: large, and the same for all dialplans. */
const networks = new Map<string, Network>();

/**
 * Adds what may be said for a value behind `from`; its meaning under `key` is the words themselves.
 *
 * @returns the node behind it, or what was expected instead
 */
export function addSaidValue(
  builder: NetworkBuilder,
  from: number,
  uri: string,
  { key, language }: { readonly key: string; readonly language: string },
): number | string {
  const [, name = '', query = ''] = /^builtin:([a-z]+)(?:\?(.*))?$/.exec(uri) ?? [];
  const own = query.split(/[;&]/).filter((part) => part !== '' && !/^(?:as|language)=/.test(part));
  const plain = `builtin:${name}${own.length === 0 ? '' : `?${own.join(';')}`}`;
  const words = wordsSaid(plain, language);
  if (typeof words === 'string') return words;
  const begin = builder.arc(from, { to: builder.node(), tag: { key, append: false, value: '' } });
  const base = builder.size;
  for (const _ of words.arcs) builder.node();
  builder.skip(begin, base + words.start);
  for (const [at, arcs] of words.arcs.entries())
    for (const { word, written, to } of arcs) {
      if (word === undefined) {
        builder.skip(base + at, base + to);
        continue;
      }
      const said = builder.arc(base + at, { to: builder.node(), tag: { key, append: true, value: `${word} ` } });
      builder.arc(said, { to: base + to, word, ...(written === undefined ? {} : { written }) });
    }
  return base + words.end;
}

function wordsSaid(uri: string, language: string): Network | string {
  const name = `${uri} ${primaryLanguage(language)}`;
  const known = networks.get(name);
  if (known !== undefined) return known;
  const found = builtinGrammar(uri, language);
  if (typeof found === 'string') return found;
  const files = { read: () => undefined, builtin: () => found };
  const network = grammarWordNetwork(loadLibrary(uri, files, { file: uri, line: 1, column: 1 }, language));
  if (network === undefined) return 'a grammar that a recognizer can be held to';
  networks.set(name, network);
  return network;
}
