import { describe, expect, test } from 'vitest';
import type { GrammarGraph } from '../../src/domain/grammar-graph.ts';
import { isBroken } from '../../src/speech/engines/whisper/compiled-grammar.ts';
import { digitsIn, digitsSaid, withAnyLength } from '../../src/speech/engines/whisper/digit-runs.ts';
import { digitsOf, trieOf } from './graphs.ts';

function accepts(graph: GrammarGraph | undefined, sentence: string): boolean {
  let at = new Set([graph?.start ?? 0]);
  for (const word of sentence.split(' '))
    at = new Set(
      [...at].flatMap((node) =>
        (graph?.nodes[node]?.arcs ?? []).filter((arc) => arc.word === word).map(({ to }) => to),
      ),
    );
  return [...at].some((node) => graph?.nodes[node]?.final === true);
}

const spoken = (digits: string): string =>
  Array.from(
    digits,
    (digit) => ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'][Number(digit)],
  ).join(' ');
/** "my number is", eight digits, "please". */
const framed: GrammarGraph = (() => {
  const digits = digitsOf(8, 8).nodes.map(({ arcs, final }) => ({
    arcs: [...arcs.map(({ word, to }) => ({ word, to: to + 3 })), ...(final ? [{ word: 'please', to: 12 }] : [])],
    final,
  }));
  const lead = ['my', 'number', 'is'].map((word, at) => ({ arcs: [{ word, to: at + 1 }], final: false }));
  return { key: 'framed', start: 0, nodes: [...lead, ...digits, { arcs: [], final: true }] };
})();

describe('a number of fixed length, heard at any length', () => {
  test.each([1, 4, 7, 8, 9, 12])('%i digits', (length) => {
    const number = spoken('123456789012'.slice(0, length));
    expect(accepts(withAnyLength(digitsOf(8, 8)), number)).toBe(true);
    expect(accepts(withAnyLength(framed), `my number is ${number}`)).toBe(true);
    expect(accepts(withAnyLength(framed), `my number is ${number} please`)).toBe(true);
    expect(accepts(digitsOf(8, 8), number)).toBe(length === 8);
  });

  test('words around the number stay as they are', () => {
    expect(accepts(withAnyLength(framed), `number is ${spoken('12')}`)).toBe(false);
    expect(accepts(withAnyLength(framed), 'my number is please')).toBe(false);
  });

  test('a grammar without digits has no such twin', () => {
    expect(withAnyLength(trieOf(['yes', 'no thank you']))).toBeUndefined();
  });
});

test('a number that was broken off is told from a whole one and from another sentence', () => {
  expect(isBroken(framed, `my number is ${spoken('1234')}`.split(' '))).toBe(true);
  expect(isBroken(framed, `my number is ${spoken('12345678')}`.split(' '))).toBe(false);
  expect(isBroken(framed, `my number is ${spoken('123456789')}`.split(' '))).toBe(false);
});

test('double and triple count as what they say', () => {
  expect(digitsIn('double four one triple two'.split(' '))).toBe(6);
  expect(digitsIn('twenty first'.split(' '))).toBe(0);
});

test.each([
  ['My account number is 4-41, double two', '44122'],
  ['one 2 oh, triple seven', '120777'],
  ['我的账号是幺二三，4', '1234'],
  ['三个八五 六', '88856'],
  ['the first of March', ''],
])('%s: %s', (text, digits) => expect(digitsSaid(text)).toBe(digits));
