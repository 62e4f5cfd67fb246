import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GrammarGraph, GrammarNode } from '../../src/domain/grammar-graph.ts';
import { TokenAutomaton } from '../../src/speech/engines/whisper/token-automaton.ts';
import { trieOf } from './graphs.ts';
import { vocabulary } from './vocabulary.ts';

const DIGITS = ['zero', 'oh', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const digitLoop: GrammarGraph = {
  key: 'digits',
  start: 0,
  nodes: [
    { arcs: DIGITS.map((word) => ({ word, to: 1 })), final: false },
    { arcs: DIGITS.map((word) => ({ word, to: 1 })), final: true },
  ],
};
const tokensOf = (text: string): number[] => (text === '' ? [] : vocabulary.encode(` ${text}`));
const readingsOf = (graph: GrammarGraph, text: string): string[] =>
  new TokenAutomaton(graph, vocabulary, 'en').readings(tokensOf(text)).map((words) => words.join(' '));

/** Whether the deterministic states accept what `readings` reads: the search walks the one, the result comes of the other. */
function walks(automaton: TokenAutomaton, tokens: readonly number[]): boolean {
  let state = automaton.start;
  for (const token of tokens) {
    const next = automaton.next(state).get(token);
    if (next === undefined) return false;
    state = next;
  }
  return state.final;
}

describe('sentences are accepted as Whisper writes them', () => {
  test.each([
    ['yes', ['yes', 'Yes', 'Yes.', 'yes.', 'Yes!', 'YES' /* not so */]],
    ["yeah that's right", ["Yeah, that's right.", "Yeah that's right", "yeah. That's right.", 'Yeah, that is right.']],
    ['what is my balance', ['What is my balance?', "What's my balance?"]],
    ["i'd like to pay", ["I'd like to pay.", 'I would like to pay.']],
    ['i would like to pay', ["I'd like to pay.", 'I would like to pay.']],
    ['okay goodbye', ['OK, goodbye.', 'Okay. Good-bye.']],
    ['my pin please', ['My PIN, please.', 'My pin please.']],
  ])('%s', (phrase, written) => {
    const read = written.filter((text) => readingsOf(trieOf([phrase]), text).includes(phrase));
    expect(read).toEqual(written.filter((text) => text !== 'YES'));
  });
});

describe('numbers are accepted in words and in digits', () => {
  test.each([
    ['twenty three', ['Twenty-three.', 'twenty three', '23', '23.']],
    ['two hundred and fifty dollars', ['Two hundred and fifty dollars.', '$250.', '250 dollars', '$250']],
    ['two hundred', ['200', 'Two hundred']],
    ['one thousand five hundred dollars', ['$1,500.', '1,500 dollars.', '$1500']],
    ['five thousand dollars', ['$5,000', '$5000.', 'Five thousand dollars.']],
    ['two hundred thousand', ['200,000', '200000', 'two hundred thousand']],
    [
      'nineteen dollars and ninety nine cents',
      ['$19.99', 'Nineteen dollars and ninety-nine cents.', '19 dollars and 99 cents'],
    ],
    ['five dollars', ['$5', '$5.00', '5 dollars']],
    [
      'january fifteenth nineteen eighty two',
      ['January 15, 1982.', 'January 15th, 1982', 'January fifteenth, nineteen eighty-two.'],
    ],
    ['the third of march', ['The 3rd of March.', 'the third of March', 'The 3 of March']],
    ['two thousand five', ['2005', 'two thousand five']],
    ['one hundred and five', ['105', 'One hundred and five.']],
    ['a hundred dollars', ['$100', 'A hundred dollars.', '100 dollars']],
    ['five percent', ['5%', '5 percent', 'Five percent.']],
    ['double five one', ['551', 'Double five, one.']],
  ])('%s', (phrase, written) => {
    const read = written.filter((text) => readingsOf(trieOf([phrase]), text).includes(phrase));
    expect(read).toEqual(written);
  });

  test.each([
    '1234',
    '12 34',
    '12-34',
    '1,234',
    '1, 2, 3, 4.',
    'One, two, three, four.',
    'One-two, three-four',
    'one two 34',
    '1-2-3-4',
  ])('one two three four as %s', (text) => {
    expect(readingsOf(digitLoop, text)).toEqual(['one two three four']);
  });

  test('a zero has one reading where zero and oh mean the same', () => {
    expect(readingsOf(digitLoop, '0050')).toEqual(['zero zero five zero']);
    expect(readingsOf(digitLoop, 'Oh, zero, five, oh.')).toEqual(['oh zero five oh']);
  });

  test('digits that may be two sentences have both readings', () => {
    expect(readingsOf(trieOf(['twenty three', 'two three']), '23').sort()).toEqual(['twenty three', 'two three']);
  });
});

test('a graph that ends nowhere, or has arcs to nowhere, accepts nothing and breaks nothing', () => {
  expect(readingsOf({ key: 'a', start: 0, nodes: [{ arcs: [], final: false }] }, 'Yes')).toEqual([]);
  expect(readingsOf({ key: 'b', start: 5, nodes: [] }, 'Yes')).toEqual([]);
  expect(readingsOf({ key: 'c', start: 0, nodes: [{ arcs: [{ word: 'yes', to: 9 }], final: true }] }, 'Yes')).toEqual(
    [],
  );
});

test('a loop of silent words comes to an end', () => {
  const node = (final: boolean): GrammarNode => ({
    arcs: [
      { word: 'hundred', to: 1 },
      { word: 'and', to: 1 },
      { word: 'one', to: 1 },
    ],
    final,
  });
  const graph = { key: 'loop', start: 0, nodes: [node(false), node(true)] };
  expect(readingsOf(graph, '101')).not.toEqual([]);
});

test('what was compiled is forgotten at its limit and made anew', () => {
  const automaton = new TokenAutomaton(digitLoop, vocabulary, 'en', 3);
  for (let round = 0; round < 3; round++) {
    expect(walks(automaton, tokensOf('12 34'))).toBe(true);
    expect(automaton.readings(tokensOf('12 34'))).toEqual([['one', 'two', 'three', 'four']]);
  }
});

const WORDS = [
  'yes',
  'no',
  'please',
  'my',
  'card',
  "i'd",
  'i',
  'would',
  'what',
  'is',
  'twenty',
  'one',
  'five',
  'fifteen',
  'hundred',
  'and',
  'dollars',
  'first',
  'oh',
  'representative',
];
/** Graphs whose arcs go anywhere, loops included. */
const anyGraph = fc
  .array(
    fc.record({
      arcs: fc.array(fc.record({ word: fc.constantFrom(...WORDS), to: fc.nat(5) }), { maxLength: 4 }),
      final: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((nodes): GrammarGraph => ({ key: JSON.stringify(nodes), start: 0, nodes }));

/** A sentence of the graph, if a random walk finds one. */
function sentenceOf(graph: GrammarGraph, choices: readonly number[]): string[] | undefined {
  const words: string[] = [];
  let at = graph.start;
  for (const choice of choices) {
    const arcs = graph.nodes[at]?.arcs ?? [];
    const arc = arcs[choice % Math.max(1, arcs.length)];
    if (arc === undefined) break;
    words.push(arc.word);
    at = arc.to;
    if (graph.nodes[at]?.final === true && choice % 3 === 0) return words;
  }
  return words.length > 0 && graph.nodes[at]?.final === true ? words : undefined;
}

function contains(graph: GrammarGraph, words: readonly string[]): boolean {
  let at = new Set([graph.start]);
  for (const word of words)
    at = new Set(
      [...at].flatMap((node) => (graph.nodes[node]?.arcs ?? []).filter((arc) => arc.word === word).map(({ to }) => to)),
    );
  return [...at].some((node) => graph.nodes[node]?.final === true);
}

test('every sentence of a graph is accepted as it is spelled, punctuated and capitalised', () => {
  fc.assert(
    fc.property(
      anyGraph,
      fc.array(fc.nat(60), { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(7), { minLength: 8, maxLength: 8 }),
      (graph, choices, style) => {
        const sentence = sentenceOf(graph, choices);
        fc.pre(sentence !== undefined);
        const automaton = new TokenAutomaton(graph, vocabulary, 'en');
        const styled = sentence.map((word, at) => {
          const kind = style[at % style.length] ?? 0;
          const cased = kind % 2 === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1);
          return at < sentence.length - 1 && kind > 4 ? `${cased},` : cased;
        });
        const tokens = tokensOf(`${styled.join(' ')}.`);
        expect(walks(automaton, tokens)).toBe(true);
        const readings = automaton.readings(tokens);
        expect(readings.length).toBeGreaterThan(0);
        for (const reading of readings) expect(contains(graph, reading)).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});

test('whatever the states accept, is a sentence of the graph', () => {
  fc.assert(
    fc.property(anyGraph, fc.array(fc.nat(1000), { minLength: 1, maxLength: 12 }), (graph, choices) => {
      const automaton = new TokenAutomaton(graph, vocabulary, 'en');
      let state = automaton.start;
      const tokens: number[] = [];
      for (const choice of choices) {
        const next = [...automaton.next(state)];
        const step = next[choice % Math.max(1, next.length)];
        if (step === undefined) break;
        tokens.push(step[0]);
        state = step[1];
        const readings = automaton.readings(tokens);
        expect(readings.length > 0).toBe(state.final);
        for (const reading of readings) expect(contains(graph, reading)).toBe(true);
      }
    }),
    { numRuns: 150 },
  );
});

test('sentences of another graph are refused', () => {
  const automaton = new TokenAutomaton(trieOf(['what is my balance', 'i lost my card']), vocabulary, 'en');
  for (const text of [
    'Yes.',
    'What is my',
    'What is my card?',
    'I lost my balance',
    'My balance',
    '',
    '.',
    'What is my balance yes',
  ])
    expect([text, automaton.readings(tokensOf(text))]).toEqual([text, []]);
});

describe('Mandarin', () => {
  const read = (graph: GrammarGraph, text: string): string[] =>
    new TokenAutomaton(graph, vocabulary, 'zh').readings(vocabulary.encode(text)).map((words) => words.join(' '));

  test.each([
    ['查 余额', ['查余额', '查余额。', '查，余额。', '查余额？']],
    ['我 要 挂失 银行卡', ['我要挂失银行卡。', '我要挂失，银行卡']],
    ['转 五 百 元', ['转五百元', '转500元。']],
    ['三 月 十 五 号', ['三月十五号', '3月15号。', '3月十五号']],
    ['一 千 零 五 十', ['1050', '一千零五十。']],
    ['一 万 二 千', ['12000', '一万二千']],
    ['六 二 二 八', ['6228', '六二二八', '62，28', '6 228' /* not so: no spaces */]],
    ['重置 pin 码', ['重置PIN码', '重置pin码。', '重置 PIN码']],
  ])('%s', (phrase, written) => {
    const accepted = written.filter((text) => read(trieOf([phrase]), text).includes(phrase));
    expect(accepted).toEqual(written.filter((text) => text !== '6 228'));
  });

  test('a character that is cut over several tokens is read whole, however the run is cut', () => {
    const phrases = ['挂失 信用卡', '查询 利率', '人工 服务', '贷款 逾期'];
    const automaton = new TokenAutomaton(trieOf(phrases), vocabulary, 'zh');
    for (const phrase of phrases) {
      const bytes = [...Buffer.from(phrase.replace(' ', ''), 'utf8')];
      const single = bytes.map((byte) => vocabulary.loose.next.get(byte)?.token ?? -1);
      for (const tokens of [vocabulary.encode(phrase.replace(' ', '')), single]) {
        expect(automaton.readings(tokens).map((words) => words.join(' '))).toEqual([phrase]);
        expect(walks(automaton, tokens)).toBe(true);
      }
    }
  });

  test('repeated digits never collapse', () => {
    const chinese = Array.from('零一二三四五六七八九');
    const loop: GrammarGraph = {
      key: '数字',
      start: 0,
      nodes: [0, 1].map((node) => ({ arcs: chinese.map((word) => ({ word, to: 1 })), final: node === 1 })),
    };
    expect(read(loop, '00011155')).toEqual(['零 零 零 一 一 一 五 五']);
  });
});
