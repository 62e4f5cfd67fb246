import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { IvrError } from '../../src/domain/error.ts';
import type { GrammarGraph } from '../../src/domain/grammar-graph.ts';
import { grammarGraph } from '../../src/grammar/automaton/grammar-network.ts';
import { walk } from '../../src/grammar/automaton/word-graph.ts';
import type { GrammarLibrary } from '../../src/grammar/model/grammar-library.ts';
import type { Expansion, SrgsGrammar } from '../../src/grammar/model/srgs-grammar.ts';
import { parseAbnf } from '../../src/grammar/srgs/parse-abnf.ts';
import { parseGrxml } from '../../src/grammar/srgs/parse-grxml.ts';
import { parseSrgs } from '../../src/grammar/srgs/parse-srgs.ts';
import { printAbnf } from '../../src/grammar/srgs/print-abnf.ts';
import { printGrxml } from '../../src/grammar/srgs/print-grxml.ts';
import { ABNF, compiled } from './support/grammars.ts';

/** Rules a…d, each referring to later ones only: every such grammar has a finite network. */
const RULES = ['a', 'b', 'c', 'd'];
const word = fc.constantFrom('x', 'y', 'z', 'new york', '我');

const pieces = (later: readonly string[]): fc.Arbitrary<string> =>
  fc.letrec<{ expansion: string; one: string }>((tie) => ({
    one: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      word.map((text) => (text.includes(' ') ? `"${text}"` : text)),
      fc.constantFrom('$NULL', ...later.map((name) => `$${name}`)),
      fc.constantFrom('{t}', '{!{ {} }!}', 'x!de-DE'),
      tie('expansion').map((inner) => `(${inner})`),
      fc
        .tuple(tie('expansion'), fc.constantFrom('<0-1>', '<1-2>', '<2>', '<0-3 /0.5/>', '<1->'))
        .map(([inner, repeat]) => `(${inner})${repeat}`),
    ),
    expansion: fc
      .array(
        fc.tuple(fc.option(fc.constantFrom('/2/', '/0.5/')), fc.array(tie('one'), { minLength: 1, maxLength: 3 })),
        { minLength: 1, maxLength: 3 },
      )
      .map((items) => items.map(([weight, parts]) => `${weight ?? ''} ${parts.join(' ')}`).join(' | ')),
  })).expansion;

const grammar = fc
  .tuple(...RULES.map((_, at) => pieces(RULES.slice(at + 1))))
  .map((rules) => ABNF + rules.map((text, at) => `public $${RULES[at]} = ${text};`).join('\n'));
const sentence = fc.array(fc.constantFrom('x', 'y', 'z', 'new', 'york', '我', 'w'), { maxLength: 5 });

/** Without places: what both forms must agree on. */
const bare = (read: SrgsGrammar): unknown => {
  const strip = (expansion: Expansion): unknown =>
    JSON.parse(JSON.stringify(expansion, (key, value: unknown) => (key === 'at' ? undefined : value)));
  return [...read.rules].map(([name, { scope, expansion }]) => [name, scope, strip(expansion)]);
};

test('printed in either form and read again, a grammar is the same', () => {
  fc.assert(
    fc.property(grammar, (text) => {
      const read = parseAbnf('a', text);
      expect(bare(parseAbnf('a', printAbnf(read)))).toEqual(bare(read));
      expect(bare(parseGrxml('a', printGrxml(read)))).toEqual(bare(read));
    }),
    { numRuns: 300 },
  );
});

/** Undefined: refused by name, because what may be left out makes it grow. */
function graphOf(library: GrammarLibrary): GrammarGraph | undefined {
  try {
    return grammarGraph(library);
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'GRAMMAR_INVALID' });
    return undefined;
  }
}

test('both forms parse the same sentences, with the same meanings, and the graph of the recognizer has just these', () => {
  fc.assert(
    fc.property(grammar, fc.array(sentence, { minLength: 3, maxLength: 6 }), (text, sentences) => {
      const abnf = compiled(text);
      const xml = compiled(printGrxml(parseAbnf('a', text)));
      const graph = graphOf(abnf.library);
      for (const words of sentences) {
        const said = words.join(' ');
        const found = abnf.interpret(said);
        expect(xml.interpret(said)).toEqual(found);
        if (graph !== undefined) expect(walk(graph, words)?.final === true, said).toBe(found.length > 0);
      }
    }),
    { numRuns: 60 },
  );
});

/** A text with some of its characters replaced, taken away or doubled. */
const mutated = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom(...Array.from('$<>(){}[]|;=/"!&#~ \n1ax\u{1F600}'))), {
        minLength: 1,
        maxLength: 6,
      }),
    )
    .map(([text, changes]) =>
      changes.reduce((now, [place, much, put]) => {
        const at = now.length === 0 ? 0 : place % now.length;
        return now.slice(0, at) + put + now.slice(at + much);
      }, text),
    );

test('whatever a file holds, it is read or refused by name with a place, and what is read can be asked', () => {
  const text = `${ABNF}tag-format <semantics/1.0-literals>;\n{h};\npublic $a = [x] ($b | /2/ "new york"!en) <1-2 /0.5/> {t} $<builtin:digits>; $b = y $GARBAGE | $a z;`;
  const samples = [text, printGrxml(parseAbnf('a', text))];
  fc.assert(
    fc.property(mutated(samples), (file) => {
      try {
        parseSrgs('a', file);
        compiled(file).interpret('x new york y w one two');
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(IvrError);
        expect(['GRAMMAR_INVALID', 'GRAMMAR_BUDGET_EXCEEDED', 'GRAMMAR_SCRIPT_FAILED']).toContain(
          (thrown as IvrError).code,
        );
      }
    }),
    { numRuns: 300 },
  );
});

test('a sentence that can be read in millions of ways is read, or refused by name', () => {
  const ambiguous = compiled(`${ABNF}$a = $e; $e = $e $e $e | $e $e | x;`);
  expect(ambiguous.interpret(Array<string>(12).fill('x').join(' '))).toHaveLength(1);
  expect(() => ambiguous.interpret(Array<string>(240).fill('x').join(' '))).toThrow(
    expect.objectContaining({ code: 'GRAMMAR_BUDGET_EXCEEDED' }),
  );
});
