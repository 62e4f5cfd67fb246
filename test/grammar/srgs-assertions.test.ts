import { describe, expect, test } from 'vitest';
import { ABNF, compiled, meanings, XML } from './support/grammars.ts';

/* What SRGS 1.0 asserts, by its sections: a grammar, sentences that are in it, and sentences that are not. */

const G = (rules: string): string => ABNF + rules;
const TABLE: readonly (readonly [
  section: string,
  grammar: string | Readonly<Record<string, string>>,
  inside: readonly string[],
  outside: readonly string[],
])[] = [
  [
    '2.1 tokens, quoted tokens, white space',
    G('public $a = hello "new   york"\n city;'),
    ['hello new york city', 'Hello New York, city.'],
    ['hello new', 'new york city'],
  ],
  [
    '2.1 XML: quotes and <token>',
    XML('<rule id="a">hello "new  york" <token> city  hall </token></rule>'),
    ['hello new york city hall'],
    ['hello new york'],
  ],
  ['2.2.1 local references', G('public $a = $b $b; $b = x | y;'), ['x y', 'y y'], ['x', 'x y x']],
  [
    '2.2.1 XML: local references',
    XML('<rule id="a"><ruleref uri="#b"/> z</rule><rule id="b">x</rule>'),
    ['x z'],
    ['x'],
  ],
  [
    '2.2.2 references by URI, root and rule',
    { a: G('public $a = $<b.gram> $<b.gram#c>;'), 'b.gram': '#ABNF 1.0;language en; root $b; $b = x; public $c = y;' },
    ['x y'],
    ['y x', 'x x'],
  ],
  [
    '2.2.2 the other form',
    {
      a: G('public $a = $<sub/b.grxml>;'),
      'sub/b.grxml': XML('<rule id="a">x <ruleref uri="../c#z"/></rule>'),
      c: '#ABNF 1.0;language en; public $z = y;',
    },
    ['x y'],
    ['x'],
  ],
  [
    '2.2.2 circles between files',
    { a: G('public $a = x | [$<b#b>] y;'), b: '#ABNF 1.0;language en; public $b = z $<a>;' },
    ['x', 'y', 'z x y', 'z z y y y'],
    ['z', 'z y z'],
  ],
  [
    '2.2.3 NULL, VOID, GARBAGE',
    G('public $a = $NULL x | $VOID y | z $GARBAGE w;'),
    ['x', 'z w', 'z anything at all w'],
    ['y', 'z'],
  ],
  [
    '2.2.3 XML: NULL, VOID, GARBAGE',
    XML('<rule id="a">z <ruleref special="GARBAGE"/> w <ruleref special="NULL"/></rule>'),
    ['z w', 'z q r w'],
    ['z'],
  ],
  ['2.3 sequences and brackets', G('public $a = (x (y z)) ();'), ['x y z'], ['x z y']],
  ['2.4 alternatives', G('public $a = (x | y z) w;'), ['x w', 'y z w'], ['y w', 'x']],
  ['2.4 an empty item', XML('<rule id="a">x <one-of><item/><item>y</item></one-of></rule>'), ['x', 'x y'], ['y']],
  ['2.5 repeats', G('public $a = x <2> y <0-1> z <1->;'), ['x x z', 'x x y z z z'], ['x z', 'x x y', 'x x x z']],
  ['2.5 repeat 0', G('public $a = x <0> y;'), ['y'], ['x y']],
  ['2.5 optional', G('public $a = [x] y;'), ['y', 'x y'], ['x']],
  [
    '2.5 XML: repeats',
    XML('<rule id="a"><item repeat="0-1">x</item> <item repeat="2-" repeat-prob="0.5">y</item></rule>'),
    ['y y', 'x y y y'],
    ['y'],
  ],
  ['2.6 tags say nothing', G('public $a = {q} x {q{}!} y;'.replace('{q{}!}', '{!{q{}}!}')), ['x y'], ['q x y']],
  ['2.7 languages', G('public $a = x!de-DE (y z)!fr-FR;'), ['x y z'], ['x']],
  [
    '2.8 precedence: alternatives bind less than sequences, repeats most',
    G('public $a = x y <2> | z;'),
    ['x y y', 'z'],
    ['x y x y', 'y z'],
  ],
  ['3.1 left recursion', G('public $a = x | $a y;'), ['x', 'x y y y'], ['y', 'y x']],
  ['3.1 right recursion', G('public $a = x [$a];'), ['x', 'x x x'], ['']],
  ['3.1 centre recursion', G('public $a = x [$a] y;'), ['x y', 'x x y y'], ['x x y']],
  ['3.2 the root may be private', G('private $a = x;'), ['x'], []],
  ['4.1 byte order mark', `\uFEFF${G('public $a = x;')}`, ['x'], []],
  [
    '4.3 DTMF in mode dtmf',
    '#ABNF 1.0;mode dtmf; root $a; public $a = "*" $d <2> ["#"]; $d = 1 | 2;',
    ['*12', '*1 2 #'],
    ['12', '*13'],
  ],
  [
    '4.11 meta, metadata, lexicon',
    XML(
      '<lexicon uri="x.pls"/><meta name="a" content="b"/><metadata><x xmlns="urn:x">y</x></metadata><rule id="a"><example>x</example>x</rule>',
    ),
    ['x'],
    [],
  ],
  ['4.12 comments', G('// one; $x\n/* two\n */ public $a = x /* three */ y;'), ['x y'], []],
  [
    'appendix C a DOCTYPE of the DTD',
    `<?xml version="1.0"?><!DOCTYPE grammar PUBLIC "-//W3C//DTD GRAMMAR 1.0//EN" "http://www.w3.org/TR/speech-grammar/grammar.dtd">${XML('<rule id="a">x &amp;amp <![CDATA[y]]></rule>'.replace('&amp;amp ', ''))}`,
    ['x y'],
    [],
  ],
  [
    'Chinese: no spaces',
    '#ABNF 1.0;language zh-CN; root $a; public $a = 我要 (转账 | 查余额);',
    ['我要转账', '我 要 查余额。'],
    ['转账'],
  ],
];

test.each(TABLE)('SRGS 1.0, %s', (_, grammar, inside, outside) => {
  const { interpret } = compiled(grammar);
  for (const sentence of inside) expect(interpret(sentence), sentence).not.toEqual([]);
  for (const sentence of outside) expect(interpret(sentence), sentence).toEqual([]);
});

test('2.4.1 and 2.5: weights and probabilities order what is ambiguous', () => {
  const literals = (rules: string): string => `${ABNF}tag-format <semantics/1.0-literals>;\n${rules}`;
  expect(meanings(literals('$a = x {first} | x {second};'), 'x')).toEqual(['first', 'second']);
  expect(meanings(literals('$a = /1/ x {first} | /2.5/ x {second};'), 'x')).toEqual(['second', 'first']);
  expect(meanings(literals('$a = $b | $c; $b = x <0-2 /0.1/> {few}; $c = x <0-2 /0.9/> {many};'), 'x x')).toEqual([
    'many',
    'few',
  ]);
});

describe('what is wrong is told at once, with its place', () => {
  test.each([
    ['ABNF: header', 'root $a;', "a:1:1: expected '#ABNF 1.0 UTF-8;' as the first line"],
    ['ABNF: version', '#ABNF 2.0;\nlanguage en;root $a;$a=x;', 'a:1:1: expected version 1.0'],
    ['no language', '#ABNF 1.0;\nroot $a;$a = x;', 'expected the language of a grammar of mode voice'],
    ['root', `${ABNF}$b = x;`, 'a:3:6: expected a rule named a, the root, found none'],
    ['undefined rule', `${ABNF}$a = x $b;`, 'a:4:8: expected a rule named b, found none'],
    ['two of a name', `${ABNF}$a = x; $a = y;`, 'a:4:9: expected one rule named a, found a second'],
    ['empty rule', `${ABNF}$a = ;`, 'a:4:6: expected a token, $rule, {tag}, ( or [, found'],
    ['name', `${ABNF}$a = x; $b-c = y;`, 'expected a rule name of letters'],
    ['weight', `${ABNF}$a = /0/ x | y;`, 'a:4:6: expected a weight above 0'],
    ['repeat', `${ABNF}$a = x <3-2>;`, 'a:4:8: expected a repeat'],
    ['probability', `${ABNF}$a = x <0-2 /1.5/>;`, 'expected a probability from 0 to 1'],
    [
      'a key that is none',
      '#ABNF 1.0;mode dtmf;root $a;\n$a = 1 x;',
      "a:2:8: expected a key (0 to 9, *, # or A to D) in a grammar of mode dtmf, found 'x'",
    ],
    ['a network', `${ABNF}$a = $<http://example.com/x.gram>;`, 'nothing is fetched from elsewhere'],
    ['a missing file', `${ABNF}$a = $<b.gram>;`, "a:4:6: expected a grammar file, found no 'b.gram'"],
    ['a rule that is itself', `${ABNF}$a = $b | x; $b = [y] $a;`, 'that can be itself and nothing more'],
    ['XML that is none', XML('<rule id="a">x</rul>'), 'expected well-formed XML'],
    [
      'entities',
      `<!DOCTYPE grammar [<!ENTITY x "y">]>${XML('<rule id="a">&x;</rule>')}`,
      'expected no entities or declarations in the DOCTYPE',
    ],
    ['namespace', '<grammar version="1.0"/>', 'expected xmlns='],
    ['element', XML('<rule id="a"><items>x</items></rule>'), 'expected an element of SRGS 1.0, found <items>'],
    ['empty one-of', XML('<rule id="a">x <one-of/></rule>'), 'expected at least one <item> in <one-of>'],
    ['ruleref', XML('<rule id="a"><ruleref/></rule>'), 'expected either uri or special on <ruleref>'],
    ['text between rules', XML('<rule id="a">x</rule> y'), "expected no text in <grammar>, found 'y'"],
    ['built-in', `${ABNF}$a = $<builtin:dates>;`, 'one of boolean, currency, date'],
    ['built-in parameter', `${ABNF}$a = $<builtin:digits?min=3>;`, 'parameters of digits among length=…'],
  ])('%s', (_, grammar, message) => {
    expect(() => compiled(grammar)).toThrow(
      expect.objectContaining({ code: 'GRAMMAR_INVALID', message: expect.stringContaining(message) }),
    );
  });

  test('two errors in one file and one in another are three lines', () => {
    const files = { a: `${ABNF}$a = ; $b = (x; $c = $<b>;`, b: `${ABNF}$a = x <9-1>;` };
    expect(() => compiled(files)).toThrow(/a:4:6: .*\na:4:1\d: /);
    expect(() => compiled({ ...files, a: `${ABNF}$a = $<b> $<c>;` })).toThrow(
      /(?:b:4:8: .*\na:4:11: )|(?:a:4:11: .*\nb:4:8: )/,
    );
  });

  test('a private rule is not for others', () => {
    expect(() => compiled({ a: `${ABNF}$a = $<b#c>;`, b: '#ABNF 1.0;language en; $c = x;' })).toThrow(
      'expected a public rule in b, found c, which is private',
    );
  });
});
