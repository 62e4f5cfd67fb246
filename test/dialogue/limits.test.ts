import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../src/dialogue/dialplan/pattern.ts';
import { compileGrammar } from '../../src/dialogue/grammar/compile-grammar.ts';
import { interpret } from '../../src/dialogue/grammar/interpret.ts';
import { wordGraph } from '../../src/grammar/automaton/word-graph.ts';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import { IvrError } from '../../src/domain/error.ts';
import { readYaml } from '../../src/yaml/read-yaml.ts';
import { smallGrammars, smallPlan, SMALL_SERVICES } from './support/small-plan.ts';

/* Files that would take for ever, or all memory: each has a limit, and an error that says where. */

const HEAD = '#ABNF 1.0 UTF-8;\nroot $a;\n';
const at = { file: 'plan.yaml', line: 1, column: 1 };
const compiled = (rules: string) => compileGrammar('g.abnf', () => HEAD + rules, at);

function refusal(run: () => unknown): IvrError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof IvrError) return thrown;
    throw thrown;
  }
  throw new Error('expected an IvrError');
}

describe('grammars', () => {
  test.each([
    [
      'a loop before a long tail',
      '$w = one | two;\n$tail = $w<24>;\n$a = [please] $b;\n$b = $w<0-> one $tail;',
      6,
      '$b',
    ],
    ['two loops', '$l = (a | b)<0->;\n$a = $l a (a | b)<20> | $l b (a | b)<20>;', 4, '$a'],
    [
      'all of it optional, again and again',
      `$a = ${Array.from({ length: 1500 }, (_, n) => `[w${letters(n)}]`).join(' ')};`,
      3,
      '$a',
    ],
    [
      'rules that double',
      `$a = $b $b;\n${'bcdefghijklmnopqrstuvwxy'
        .split('')
        .map(
          (c) => `$${c} = $${String.fromCharCode(c.charCodeAt(0) + 1)} $${String.fromCharCode(c.charCodeAt(0) + 1)};`,
        )
        .join('\n')}\n$z = x;`,
      undefined,
      '$',
    ],
    ['repeats of nothing', '$a = ((($NULL<64>)<64>)<64>)<64>;', 3, '$a'],
    ['round brackets', `$a = x;\n$b = ${'('.repeat(20_000)}x${')'.repeat(20_000)};`, 4, '$b'],
    ['square brackets', `$a = ${'['.repeat(20_000)}x`, 3, '$a'],
    [
      'rules in rules',
      `$a = $raaa;\n${Array.from({ length: 3000 }, (_, n) => `$r${letters(n)} = $r${letters(n + 1)};`).join('\n')}`,
      undefined,
      '$r',
    ],
  ])('%s: refused with the file, the line and the rule', (_, rules, line, rule) => {
    const began = performance.now();
    const error = refusal(() => compiled(rules));
    expect(error.code).toBe('GRAMMAR_INVALID');
    expect(error.message).toMatch(line === undefined ? /^g\.abnf:\d+:\d+: / : new RegExp(`^g\\.abnf:${line}:\\d+: `));
    expect(error.message).toContain(`rule ${rule}`);
    expect(performance.now() - began).toBeLessThan(30_000);
  });

  test('long and broad ones are taken, their graphs as small as can be', () => {
    expect(wordGraph(compiled(`$a = ${'word '.repeat(5000)};`)).nodes).toHaveLength(5001);
    const list = compiled(`$a = ${Array.from({ length: 2000 }, (_, n) => `w${letters(n)}`).join(' | ')};`);
    expect(wordGraph(list).nodes).toHaveLength(2);
  });

  test('every rule that is wrong is told at once', () => {
    const lines = refusal(() => compiled('$a = 1;\n$b = fine;\n$c = ;\n$d = (x;\n$e = y')).message.split('\n');
    expect(lines.map((line) => line.split(':').slice(0, 2).join(':'))).toEqual([
      'g.abnf:3',
      'g.abnf:5',
      'g.abnf:6',
      'g.abnf:7',
    ]);
  });

  test('what is wrong in a dialplan and in its grammars is told together, without what only follows from it', () => {
    const both = smallPlan([
      ['say: Balance or', 'grammar: broken.abnf\n    say: Balance or'],
      ['start: hello', 'start: nowhere'],
    ]);
    const lines = refusal(() => openDialogue('small.yaml', both, smallGrammars, SMALL_SERVICES)).message.split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^small\.yaml:\d+:\d+: expected the name of a state, found 'nowhere'/),
      "broken.abnf:3:11: expected ';', found the end of the file",
    ]);
  });

  test('a sentence is interpreted in bounded time, whatever the grammar', () => {
    const words = Array<string>(100).fill('x');
    for (const rules of ['$a = ([x] [x] [x] [x] {k+=v})<0->;', '$a = (x {a=1} | x {a=2} | x x {a=3})<0->;']) {
      const network = compiled(rules);
      const began = performance.now();
      expect(interpret(network, words).length).toBeGreaterThan(0);
      expect(performance.now() - began).toBeLessThan(2_000);
    }
    expect(interpret(compiled('$a = x<0->;'), [...words, 'x'])).toEqual([]);
  });
});

const letters = (n: number): string =>
  [n % 26, Math.floor(n / 26) % 26, Math.floor(n / 676) % 26].map((d) => String.fromCharCode(97 + d)).join('');

describe('patterns', () => {
  test.each(['(a+)+', '(a|aa)*', '(a|a?)+', '(.*a){12}', '([a-z]+)*', '(a*)*b', '(?:a|a)+$'])(
    '%s is matched in linear time',
    (text) => {
      const pattern = compilePattern(text);
      if (typeof pattern === 'string') throw new Error(pattern);
      const began = performance.now();
      pattern.matches(`${'a'.repeat(64)}!`);
      expect(performance.now() - began).toBeLessThan(1_000);
    },
  );

  test('the whole value has to match', () => {
    const pattern = compilePattern('\\d{8}');
    if (typeof pattern === 'string') throw new Error(pattern);
    expect(['12345678', '123456789', ' 12345678', '1234567a'].map((value) => pattern.matches(value))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  test.each([
    ['(\\d)\\1', 'without references'],
    ['(?<x>a)\\k<x>', 'without references'],
    ['(?=a)b', 'without looking ahead or behind'],
    ['(?<!a)b', 'without looking ahead or behind'],
    ['(?>a)b', 'without atomic groups'],
    ['a++', 'possessive repeats'],
    ['(', 'missing closing )'],
    ['(a{1000}){1000}', "RE2's syntax"],
    ['(a{0,30}){0,30}', 'fewer repeats'],
    ['a'.repeat(501), 'at most 500 characters'],
    [`${'('.repeat(249)}${')'.repeat(249)}`, undefined],
  ])('%s: %s', (text, expected) => {
    const found = compilePattern(text);
    if (expected === undefined) expect(typeof found).toBe('object');
    else expect(found).toContain(expected);
  });

  test('in a dialplan they are refused where they stand', () => {
    const text = smallPlan([['keys: { min: 4, max: 4 }', "keys: { min: 4, max: 4 }\n        matches: '(\\d)\\1'"]]);
    const line = text.slice(0, text.indexOf('matches:')).split('\n').length;
    expect(refusal(() => openDialogue('small.yaml', text, smallGrammars, SMALL_SERVICES)).message).toMatch(
      new RegExp(`^small\\.yaml:${line}:\\d+: expected a pattern without references to what a group has matched`),
    );
  });
});

describe('words', () => {
  const withKeywords = (keywords: string): string => smallPlan([['phrases:', `keywords: ${keywords}, phrases:`]]);

  test.each([
    ['too many', JSON.stringify(Array.from({ length: 201 }, (_, n) => `word${n}`))],
    ['too long', JSON.stringify(['a'.repeat(101)])],
    ['empty', '[""]'],
  ])('%s are refused where they stand', (_, keywords) => {
    expect(
      refusal(() => openDialogue('small.yaml', withKeywords(keywords), smallGrammars, SMALL_SERVICES)).message,
    ).toMatch(/^small\.yaml:\d+:\d+: expected /);
  });

  test('two hundred are taken', () => {
    const many = JSON.stringify(Array.from({ length: 200 }, (_, n) => `word ${n}`));
    expect(openDialogue('small.yaml', withKeywords(many), smallGrammars, SMALL_SERVICES).name).toBe('small');
  });
});

describe('YAML', () => {
  const N = 20_000;
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...'bcdefghi'.split('').map((c, n) => `${c}: &${c} [${Array(9).fill(`*${'abcdefghi'[n]}`).join(', ')}]`),
  ].join('\n');

  test.each([
    ['brackets', '['.repeat(N), 'TOO_DEEP'],
    ['braces', '{a: '.repeat(N), 'TOO_DEEP'],
    ['dashes', `${'- '.repeat(N)}x`, 'TOO_DEEP'],
    ['question marks', `${'? '.repeat(N)}x`, 'TOO_DEEP'],
    ['indentation', Array.from({ length: 600 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'), 'TOO_DEEP'],
    ['aliases of aliases', bomb, 'TOO_LARGE'],
    [
      'aliases in a chain',
      `a0: &a0 [x]\n${Array.from({ length: 2000 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}]`).join('\n')}`,
      'TOO_DEEP',
    ],
    ['an alias in itself', 'a: &a [*a]', 'BAD_ALIAS'],
    ['an alias of nothing', 'a: *b', 'BAD_ALIAS'],
    ['a long file', 'a: 1\n'.repeat(200_000), 'TOO_LONG'],
    ['a key twice', 'a: 1\na: 2', 'DUPLICATE_KEY'],
    ['two documents', 'a: 1\n---\nb: 2', 'MULTIPLE_DOCS'],
  ])('%s', (_, text, code) => {
    const began = performance.now();
    const read = readYaml(text);
    expect('problems' in read ? read.problems[0]?.code : 'taken').toBe(code);
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  test('fifty thousand keys are read', () => {
    const read = readYaml(Array.from({ length: 40_000 }, (_, n) => `a${n}: 1`).join('\n'));
    expect(read).toHaveProperty('value.a39999', 1);
  });

  test.each([
    ['say: Balance: press 1', "needs quotes: say: 'Hours: nine to five'"],
    ['x: { to: a, say: Hello: friend }', "needs quotes: say: 'Hours: nine to five'"],
    ['a:\n\tb: 1', 'indent with spaces'],
    ['say: {{name}}, welcome', "needs quotes: '{{name}}, welcome'"],
    ['keys: *', "needs quotes: '*'"],
    ["say: 'it's'", "write '' for one in a text"],
    ['a:\n  b: 1\n c: 2', 'begin in the same column'],
  ])('%j gets a hint', (text, hint) => {
    const read = readYaml(text);
    expect('problems' in read ? read.problems.map((problem) => problem.text).join('\n') : '').toContain(hint);
  });

  test('a comma that ends a text, and a number where a text is expected, get a hint from the dialplan', () => {
    const comma = smallPlan([['phrases: [goodbye] }', 'phrases: [goodbye], say: Hello, friend }']]);
    expect(refusal(() => openDialogue('small.yaml', comma, smallGrammars, SMALL_SERVICES)).message).toContain(
      "expected no key 'friend' here (a text with a comma in { } needs quotes)",
    );
    const number = smallPlan([["keys: '1' }", 'keys: 1 }']]);
    expect(refusal(() => openDialogue('small.yaml', number, smallGrammars, SMALL_SERVICES)).message).toContain(
      "must be string (a number needs quotes: '0')",
    );
  });

  test('what reads well reads as it stands', () => {
    const text = 'a: &x { b: [1, two, null, true] }\nc: *x\n"d": |\n  e\n';
    const read = readYaml(text);
    const shared = { b: [1, 'two', null, true] };
    expect(read).toMatchObject({ value: { a: shared, c: shared, d: 'e\n' } });
    if ('problems' in read) throw new Error('problems');
    expect(read.at(['c', 'b', 1])).toEqual({ line: 1, column: 16 });
    expect(read.at(['d'], true)).toEqual({ line: 3, column: 1 });
    expect(read.inFlow(['a', 'b'])).toBe(true);
  });
});
