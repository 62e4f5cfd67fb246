import { builtinGrammar } from '../../../src/grammar/builtin/builtin-grammar.ts';
import { type CompiledGrammar, compileGrammar } from '../../../src/grammar/compile-grammar.ts';
import { openQuickJs } from '../../../src/grammar/quickjs/open-quickjs.ts';

export const scripts = await openQuickJs();
export const ABNF = '#ABNF 1.0 UTF-8;\nlanguage en-US;\nroot $a;\n';
export const SCRIPTED = `${ABNF}tag-format <semantics/1.0>;\n`;
export const XML = (rules: string, attributes = ''): string =>
  `<grammar version="1.0" xmlns="http://www.w3.org/2001/06/grammar" xml:lang="en-US" root="a" ${attributes}>${rules}</grammar>`;

/** Compiles the grammar `a` of some files. */
export const compiled = (files: string | Readonly<Record<string, string>>, uri = 'a'): CompiledGrammar =>
  compileGrammar(
    uri,
    {
      read: (name) => (typeof files === 'string' ? (name === 'a' ? files : undefined) : files[name]),
      builtin: builtinGrammar,
    },
    { scripts, quoteScripts: true },
  );

export const meanings = (files: string | Readonly<Record<string, string>>, said: string): readonly unknown[] =>
  compiled(files)
    .interpret(said, { today: '2026-11-30' })
    .map(({ meaning }) => meaning);

export const builtin = (type: string, language: string, said: string): readonly unknown[] =>
  compileGrammar(`builtin:${type}`, { read: () => undefined, builtin: builtinGrammar }, { language })
    .interpret(said, { today: '2026-11-30' })
    .map(({ meaning }) => meaning);
