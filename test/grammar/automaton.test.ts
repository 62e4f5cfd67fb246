import { expect, test } from 'vitest';
import { grammarGraph } from '../../src/grammar/automaton/grammar-network.ts';
import { keypadAutomaton } from '../../src/grammar/automaton/keypad-automaton.ts';
import { walk } from '../../src/grammar/automaton/word-graph.ts';
import { parseAbnf } from '../../src/grammar/srgs/parse-abnf.ts';
import { printAbnf } from '../../src/grammar/srgs/print-abnf.ts';
import { printGrxml } from '../../src/grammar/srgs/print-grxml.ts';
import { ABNF, compiled } from './support/grammars.ts';

test('a sentence of the graph is one of the grammar, recursion at the ends included', () => {
  const { library, interpret } = compiled(`${ABNF}$a = x [$a] | $b; $b = y | $b z;`);
  const graph = grammarGraph(library);
  if (graph === undefined) throw new Error('expected a graph');
  for (const words of ['x y', 'x x y', 'y z z', 'x y z'])
    expect([walk(graph, words.split(' '))?.final, interpret(words).length]).toEqual([true, 1]);
  expect(walk(graph, ['z'])).toBeUndefined();
  expect(grammarGraph(compiled(`${ABNF}$a = x $GARBAGE;`).library)).toBeUndefined();
});

test('words that are divided in many ways are walked once', () => {
  const arcs = ['三', '三三', '三三三'].map((word) => ({ word, to: 0 }));
  const graph = { key: '', start: 0, nodes: [{ arcs, final: true }] };
  const many = Array.from({ length: 60 }, () => '三');
  expect(walk(graph, many)?.final).toBe(true);
  expect(walk(graph, [...many, '四'])).toBeUndefined();
});

test('keys: complete, whole or begun', () => {
  const keys = keypadAutomaton(compiled('#ABNF 1.0;mode dtmf;root $a;$a = (1 | 2) <2-3> | "#";').library);
  const after = (pressed: string): string | undefined => {
    let state: number | undefined = keys.start;
    for (const key of pressed) state = state === undefined ? undefined : keys.next(state, key);
    return state === undefined ? undefined : keys.stateOf(state);
  };
  expect(['', '1', '12', '121', '#', '13', '1211'].map(after)).toEqual([
    'begun',
    'begun',
    'whole',
    'complete',
    'complete',
    undefined,
    undefined,
  ]);
  expect(() => keypadAutomaton(compiled(`${ABNF}$a = x;`).library)).toThrow("expected 'mode dtmf'");
});

test('printed in either form, a grammar says and means the same', () => {
  const text =
    `${ABNF}tag-format <semantics/1.0-literals>;\npublic $a = [please] (open | /2/ "new york"!en)<1-2 /0.5/> {t{} $b; $b = x | $NULL;`.replace(
      '{t{}',
      '{!{t{}}!}',
    );
  const read = parseAbnf('a', text);
  expect(printAbnf(parseAbnf('a', printAbnf(read)))).toBe(printAbnf(read));
  for (const said of ['please open x', 'new york open', 'x', 'open open open'])
    expect(compiled(printGrxml(read)).interpret(said)).toEqual(compiled(text).interpret(said));
});
