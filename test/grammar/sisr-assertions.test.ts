import { describe, expect, test } from 'vitest';
import { ABNF, compiled, meanings, SCRIPTED, XML } from './support/grammars.ts';

/* What SISR 1.0 asserts, by its sections. */

test.each([
  [
    '3.1 header tags come first, for all rules',
    '{var x = 2; function twice(n) {return n * 2\\;}};'.replace('{var', '{!{var').replace('\\;}};', ';}}!};'),
    '$a = $b {out = twice(x) + rules.b;}; $b = x {out = x;};',
    'x',
    6,
  ],
  ['3.2 out is an empty object at first', '', '$a = x {out.y = 1};', 'x', { y: 1 }],
  ['3.2 out may be anything', '', "$a = x {out = ['p', 1, true, null]};", 'x', ['p', 1, true, null]],
  [
    '3.3 rules.NAME',
    '',
    '$a = $b $c {out.b = rules.b; out.c = rules.c;}; $b = x; $c = y | z;',
    'x z',
    { b: 'x', c: 'z' },
  ],
  ['3.3 rules.NAME is the last of its name', '', '$a = $b $b {out = rules.b}; $b = x | y;', 'x y', 'y'],
  ['3.3 rules.latest()', '', '$a = $b $c {out = rules.latest()}; $b = x; $c = y;', 'x y', 'y'],
  [
    '3.3 between two',
    '',
    '$a = $b {out.one = rules.latest();} $b {out.two = rules.latest();}; $b = x | y;',
    'x y',
    { one: 'x', two: 'y' },
  ],
  [
    '3.3 meta',
    '',
    '$a = $b y {out = [meta.b.text, meta.latest().text, meta.current().text, meta.current().score]} z; $b = x w;',
    'x w y z',
    ['x w', 'x w', 'x w y', 1],
  ],
  [
    '3.4 tags run from left to right, variables stay within the rule',
    '',
    '$a = {var n = 1;} x {n += 1;} $b {out = n;}; $b = {var n = 9;} y;',
    'x y',
    2,
  ],
  ['3.4 what is not on the path does not run', '', '$a = (x {out = 1} | y {out = 2}) [z {out = 3}];', 'y', 2],
  [
    '3.4 repeats',
    '',
    "$a = {out = ''} ($b {out += rules.b})<1->; $b = one {out = '1'} | two {out = '2'};",
    'one two two',
    '122',
  ],
  ['3.4 recursion', '', '$a = x {out = 1} | x $a {out = rules.a + 1};', 'x x x', 3],
  ['4 without tags: the last rule', '', '$a = x $b y $c z; $b = p; $c = q;', 'x p y q z', 'q'],
  ['4 without tags or rules: the words', '', '$a = x [y] z;', 'x z', 'x z'],
])('SISR 1.0, %s', (_, header, rules, said, meaning) => {
  expect(meanings(`${SCRIPTED}${header}\n${rules}`, said)).toEqual([meaning]);
});

test('6 strings: the last tag is the value; XML form keeps the content', () => {
  const literals = `${ABNF}tag-format <semantics/1.0-literals>;\n`;
  expect(meanings(`${literals}$a = x {first} y {second one};`, 'x y')).toEqual(['second one']);
  expect(meanings(`${literals}$a = x $b; $b = y {of b};`, 'x y')).toEqual(['of b']);
  expect(
    meanings(XML('<rule id="a">x <tag>a &lt; b</tag></rule>', 'tag-format="semantics/1.0-literals"'), 'x'),
  ).toEqual(['a < b']);
});

test('6 each grammar has its own format, header and names', () => {
  const files = {
    a: `${SCRIPTED}{var n = 'mine'};\n$a = $<b#b> $<c> {out = [n, rules.b, rules.c];};`,
    b: '#ABNF 1.0;language en;tag-format <semantics/1.0>;{var n = "theirs"}; public $b = x {out = n};',
    c: '#ABNF 1.0;language en;root $c;tag-format <semantics/1.0-literals>;$c = y {text};',
  };
  expect(meanings(files, 'x y')).toEqual([['mine', 'theirs', 'text']]);
});

test('ambiguity is several meanings, the same meaning is one', () => {
  expect(
    meanings(`${SCRIPTED}$a = ($b | $c) {out = rules.latest()}; $b = x {out = 1}; $c = x {out = 2};`, 'x'),
  ).toEqual([1, 2]);
  expect(meanings(`${SCRIPTED}$a = ([x] [x] [x])<1-9> {out = 1};`, 'x x x x x')).toEqual([1]);
  expect(meanings(`${SCRIPTED}$a = pay $<builtin:currency> {out.pay = rules.currency};`, 'pay twelve fifty')).toEqual([
    { pay: '12.50' },
    { pay: '1250.00' },
  ]);
});

test('of several hypotheses those count that are sentences, the surest first', () => {
  const grammar = compiled(`${SCRIPTED}$a = x {out = meta.current().score} | y {out = 'y'};`);
  const heard = [
    { text: 'w', confidence: 0.9 },
    { text: 'x', confidence: 0.5 },
    { text: 'y', confidence: 0.7 },
  ];
  expect(grammar.interpret(heard).map(({ meaning, confidence }) => [meaning, confidence])).toEqual([
    ['y', 0.7],
    [0.5, 0.5],
  ]);
});

describe('scripts are strangers', () => {
  test.each([
    'while (true);',
    'var x = []; while (true) x.push(x);',
    'out = Array(4e9).indexOf(1)',
    'out = "x".repeat(1e9)',
    '(function f() { f() })()',
    'out = /(a+)+b/.test("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")',
    'out = JSON.stringify(new Array(1e7))',
    'out = {}; out.self = out;',
    'throw 1',
    'new Date()',
    'Math.random()',
    'process.exit()',
    'out = Function("return 1")()',
    'out = (function () {}).constructor("return 1")()',
    'out = (function* () {}).constructor("yield 1")().next().value',
    'out = [].concat(new Array(4e9))',
  ])('%s fails by name, and the next sentence is understood', (script) => {
    const grammar = compiled(`${SCRIPTED}$a = x {!{${script}}!} | y {out = 1};`);
    expect(() => grammar.interpret('x')).toThrow(
      expect.objectContaining({
        code: 'GRAMMAR_SCRIPT_FAILED',
        facts: expect.objectContaining({ file: 'a', line: 5 }),
      }),
    );
    expect(grammar.interpret('y')).toMatchObject([{ meaning: 1 }]);
  });

  test.each([
    'var error = new Error("m"); error.name = meta.current().text; throw error;',
    'throw { name: meta.current().text, message: "m" };',
    'throw { get name() { throw 1; } };',
  ])('what is logged of %s does not name the words', (script) => {
    const grammar = compiled(`${SCRIPTED}$a = secret {!{${script}}!};`);
    let failure: unknown;
    try {
      grammar.interpret('secret');
    } catch (thrown) {
      failure = thrown;
    }
    expect(failure).toMatchObject({ code: 'GRAMMAR_SCRIPT_FAILED', facts: { error: 'Error' } });
    expect(String(failure)).not.toContain('secret');
  });

  test('a header that replaces JSON.stringify is a failure by name', () => {
    const grammar = compiled(
      `${SCRIPTED}{!{JSON.stringify = function () { return 'no JSON'; };}!};\n$a = x {out = 1};`,
    );
    expect(() => grammar.interpret('x')).toThrow(expect.objectContaining({ code: 'GRAMMAR_SCRIPT_FAILED' }));
  });

  test('nothing of one sentence is there in the next', () => {
    const grammar = compiled(
      `${SCRIPTED}{var n = 0};\n$a = x {!{n++; out = [n, typeof ({}).before]; Object.defineProperty(Object.prototype, 'before', { value: 1 });}!};`,
    );
    expect(grammar.interpret('x')).toMatchObject([{ meaning: [1, 'undefined'] }]);
    expect(grammar.interpret('x')).toMatchObject([{ meaning: [1, 'undefined'] }]);
  });

  test('what does not compile is told when the grammar is read', () => {
    expect(() => compiled(`${SCRIPTED}$a = x {out = (};`)).toThrow(/a:5:8: expected ECMAScript in the tag/);
    expect(() => compiled(`${SCRIPTED}$a = x {out = 0x1Fn * 2};`)).toThrow(/a:5:8: .*found: 0x1Fn, /);
    expect(() => compiled(`${SCRIPTED}$a = x {!{async function f() {}}!};`)).toThrow(/a:5:8: .*found: async,/);
    expect(meanings(`${SCRIPTED}$a = x {var n1n = 2; out = n1n};`, 'x')).toEqual([2]);
    expect(() => compiled(`${SCRIPTED}$a = x {!{}); evil(); (function () {}!};`)).toThrow(/expected ECMAScript/);
  });
});
