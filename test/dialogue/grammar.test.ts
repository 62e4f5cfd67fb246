import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGrammar } from '../../src/dialogue/grammar/compile-grammar.ts';
import { interpret } from '../../src/dialogue/grammar/interpret.ts';
import { anyOf, type Network } from '../../src/grammar/automaton/network.ts';
import { walk, wordGraph, wordsOf } from '../../src/grammar/automaton/word-graph.ts';
import type { GrammarGraph } from '../../src/domain/grammar-graph.ts';
import { grammarSource } from './support/bank-hotline.ts';

const HEAD = '#ABNF 1.0 UTF-8;\nroot $a;\n';
const at = { file: 'test', line: 1, column: 1 };
const network = (rules: string): Network => compileGrammar('g', () => HEAD + rules, at);
const shipped = (name: string): Network => compileGrammar(name, grammarSource, at);
const accepts = (graph: GrammarGraph, words: readonly string[]): boolean => walk(graph, words)?.final === true;

/** How many sentences up to a length a graph has. */
function sentences(graph: GrammarGraph, length: number): number {
  let at = new Map([[graph.start, 1]]);
  let count = 0;
  for (let n = 0; n <= length; n++) {
    const next = new Map<number, number>();
    for (const [node, ways] of at) {
      const found = graph.nodes[node];
      if (found?.final === true) count += ways;
      for (const { to } of found?.arcs ?? []) next.set(to, (next.get(to) ?? 0) + ways);
    }
    at = next;
  }
  return count;
}

/** A random way through: at a final node, `stops` decides whether the sentence ends. */
const sentence = (graph: GrammarGraph): fc.Arbitrary<string[]> =>
  fc.infiniteStream(fc.nat()).map((choices) => {
    const words: string[] = [];
    let node = graph.nodes[graph.start];
    while (node !== undefined) {
      const choice: number = choices.next().value ?? 0;
      if (node.arcs.length === 0 || (node.final && (words.length > 40 || choice % 3 === 0))) break;
      const arc: { word: string; to: number } | undefined = node.arcs[choice % node.arcs.length];
      if (arc === undefined) break;
      words.push(arc.word);
      node = graph.nodes[arc.to];
    }
    return words;
  });

/** How many times x may be said. */
const counts = (rules: string) =>
  [0, 1, 2, 3, 4, 5].filter((n) => accepts(wordGraph(network(rules)), Array<string>(n).fill('x')));

describe('capitals', () => {
  const HOTLINE = '$a = ("My HSBC" | ＡＴＭ | Élan) {bank=HSBC} | I’d like Ça {x=Y};';

  test('words are compared without case, width and kind of apostrophe; tags stay as they are written', () => {
    const capital = network(HOTLINE);
    expect(interpret(capital, ['my', 'hsbc'])).toEqual([{ bank: 'HSBC' }]);
    expect(interpret(capital, ['atm'])).toEqual([{ bank: 'HSBC' }]);
    expect(interpret(capital, ['e\u0301lan'.normalize('NFC')])).toEqual([{ bank: 'HSBC' }]);
    expect(interpret(capital, ["i'd", 'like', 'ça'])).toEqual([{ x: 'Y' }]);
    const plain = network(HOTLINE.toLowerCase().normalize('NFKC').replace('’', "'").replace('hsbc}', 'HSBC}'));
    expect(wordGraph(capital).nodes).toEqual(wordGraph(plain).nodes);
  });

  test('the recognizer is told how the author spelled a word, through all that grammars are joined by', () => {
    const graph = wordGraph(anyOf([network(HOTLINE), network('$a = my Hsbc;')].map(wordsOf)));
    expect(graph.spellings).toMatchObject({ hsbc: ['HSBC', 'Hsbc'], my: ['My'] });
    expect(wordGraph(network('$a = my hsbc;')).spellings).toBeUndefined();
  });

  test('whatever the case of a sentence, it means the same', () => {
    const grammar = shipped('requests.abnf');
    fc.assert(
      fc.property(sentence(wordGraph(grammar)), fc.array(fc.boolean(), { minLength: 40 }), (words, upper) => {
        const written = words.map((word) => Array.from(word, (c, at) => (upper[at] ? c.toUpperCase() : c)).join(''));
        const shouting = network(`$a = ${written.join(' ')} {x=1};`);
        expect(interpret(shouting, words)).toEqual([{ x: '1' }]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the word graph', () => {
  test('is deterministic and minimal, and its key is that of its sentences', () => {
    const one = wordGraph(network('$a = [please] (open | close) the door;'));
    const other = wordGraph(network('$a = please $b | $b; $b = open the door {x=1} | close the door {x=2};'));
    expect(one).toEqual(other);
    expect(one.nodes).toHaveLength(5);
    expect(wordGraph(network('$a = open the door;')).key).not.toBe(one.key);
    for (const { arcs } of one.nodes) expect(new Set(arcs.map(({ word }) => word)).size).toBe(arcs.length);
  });

  test('repeats: exactly, between, at least', () => {
    expect(counts('$a = x <2>;')).toEqual([2]);
    expect(counts('$a = x <1-3>;')).toEqual([1, 2, 3]);
    expect(counts('$a = x <2->;')).toEqual([2, 3, 4, 5]);
    expect(counts('$a = [x] <0-> ;')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(counts('$a = x <0>;')).toEqual([0]);
  });

  test('joined word networks accept what either accepts', () => {
    const graph = wordGraph(anyOf([network('$a = x y;'), network('$a = x z;')].map(wordsOf)));
    expect(accepts(graph, ['x', 'y']) && accepts(graph, ['x', 'z'])).toBe(true);
    expect(accepts(graph, ['x'])).toBe(false);
  });
});

describe('interpretation', () => {
  test('all meanings, the first in the text first, none twice', () => {
    const ambiguous = network('$a = $b {by=b} | $c {by=c} | $b {by=b}; $b = x [y]; $c = x y;');
    expect(interpret(ambiguous, ['x', 'y'])).toEqual([{ by: 'b' }, { by: 'c' }]);
    expect(interpret(ambiguous, ['y'])).toEqual([]);
  });

  test('tags set and append in the order of the words', () => {
    const tags = network('$a = ($d) <1-3> {last=yes}; $d = one {n+=1} | two {n+=2};');
    expect(interpret(tags, ['two', 'one', 'two'])).toEqual([{ n: '212', last: 'yes' }]);
  });

  test('loops without words end', () => {
    expect(interpret(network('$a = ([x] {t+=1}) <0-> y;'), ['x', 'y'])[0]).toBeDefined();
  });

  test('many ways to one meaning stay quick', () => {
    const ways = network('$a = ([x] [x] [x] [x]) <1-20>;');
    expect(interpret(ways, Array<string>(20).fill('x'))).toEqual([{}]);
  });
});

describe('digits', () => {
  const eight = compileGrammar('builtin:digits?length=8', () => undefined, at);

  test.each([
    ['one two three four five six seven eight', '12345678'],
    ['oh zero double five triple six nine', '00556669'],
    ['double one double two double three double four', '11223344'],
  ])('%s', (words, digits) => expect(interpret(eight, words.split(' '))).toEqual([{ digits }]));

  test.each([
    'one two three',
    'one two three four five six seven eight nine',
    'one two three four five six seven double eight',
    'double',
    '',
  ])('not eight digits: %s', (words) => expect(interpret(eight, words.split(' '))).toEqual([]));

  test('between min and max, under a name', () => {
    const some = compileGrammar('builtin:digits?min=2;max=4;as=code', () => undefined, at);
    expect(interpret(some, ['one', 'two'])).toEqual([{ code: '12' }]);
    expect(interpret(some, ['one', 'triple', 'two'])).toEqual([{ code: '1222' }]);
    expect(interpret(some, ['one'])).toEqual([]);
  });

  test.each([
    ['一二三四五六七八', '12345678'],
    ['〇零幺幺三个八二', '00118882'],
    ['两个五两个六四个九', '55669999'],
  ])('in Mandarin: %s', (said, digits) => {
    const words = said.match(/[两三四]个|./gu) ?? [];
    const named = compileGrammar('builtin:digits?length=8;language=zh-CN', () => undefined, at);
    const spoken = compileGrammar('builtin:digits?length=8', () => undefined, at, 'zh-CN');
    expect(interpret(named, words)).toEqual([{ digits }]);
    expect(interpret(spoken, words)).toEqual([{ digits }]);
    expect(interpret(spoken, 'one two three four five six seven eight'.split(' '))).toEqual([]);
  });

  test('are of the language of the grammar that refers to them', () => {
    const rules = 'language zh-Hans-CN; root $a; $a = 我 的 卡号 是 $<builtin:digits?length=2> | $<builtin:yesno>;';
    const chinese = compileGrammar('g', () => `#ABNF 1.0 UTF-8;\n${rules}`, at);
    expect(interpret(chinese, ['我', '的', '卡号', '是', '幺', '九'])).toEqual([{ digits: '19' }]);
    expect(interpret(chinese, ['是的'])).toEqual([{ answer: 'yes' }]);
    expect(interpret(chinese, ['不用了'])).toEqual([{ answer: 'no' }]);
    expect(interpret(chinese, ['嗯'])).toEqual([]);
    expect(() => compileGrammar('builtin:yesno', () => undefined, at, 'fr-FR')).toThrow(
      "expected a built-in grammar in en or zh, found 'builtin:yesno'",
    );
  });

  test('any eight digits, read one by one, come back', () => {
    const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{8}$/), (digits) => {
        expect(
          interpret(
            eight,
            digits.split('').map((digit) => words[Number(digit)] ?? ''),
          ),
        ).toEqual([{ digits }]);
      }),
    );
  });
});

describe.each(['requests.abnf', 'commands.abnf', 'account.abnf', 'builtin:yesno'])('%s', (name) => {
  const grammar = shipped(name);
  const graph = wordGraph(grammar);
  const vocabulary = [...new Set(graph.nodes.flatMap(({ arcs }) => arcs.map(({ word }) => word)))];

  test('every sentence of the graph has a meaning', () => {
    fc.assert(
      fc.property(sentence(graph), (words) => {
        expect(accepts(graph, words)).toBe(true);
        const [meaning] = interpret(grammar, words);
        expect(Object.keys(meaning ?? {})).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('what the graph refuses has none, and what has one is accepted', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...vocabulary), { maxLength: 8 }), (words) => {
        expect(interpret(grammar, words).length > 0).toBe(accepts(graph, words));
      }),
      { numRuns: 300 },
    );
  });
});

test('each intent of the open question can be said in at least sixty ways', () => {
  const requests = shipped('requests.abnf');
  const intents = new Set(requests.arcs.flat().flatMap(({ tag }) => (tag?.key === 'intent' ? [tag.value] : [])));
  expect(intents.size).toBe(11);
  for (const intent of intents) {
    // the ways that pass this intent's tag: the others are closed
    const only = {
      ...requests,
      arcs: requests.arcs.map((arcs) => arcs.filter(({ tag }) => tag?.key !== 'intent' || tag.value === intent)),
    };
    expect(sentences(wordGraph(only), 12), intent).toBeGreaterThan(60);
  }
});
