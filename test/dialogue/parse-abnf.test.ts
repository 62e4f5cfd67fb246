import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileGrammar } from '../../src/dialogue/grammar/compile-grammar.ts';
import { parseAbnf } from '../../src/dialogue/grammar/parse-abnf.ts';
import { IvrError } from '../../src/domain/error.ts';

const HEAD = '#ABNF 1.0 UTF-8;\n';
const compiled = (text: string) =>
  compileGrammar('g.abnf', (name) => (name === 'g.abnf' ? text : undefined), { file: 'plan.yaml', line: 9, column: 9 });

const failure = (run: () => unknown): IvrError => {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof IvrError) return thrown;
    throw thrown;
  }
  throw new Error('expected an IvrError');
};

test('reads declarations, rules, comments and tags', () => {
  const grammar = parseAbnf(
    'g.abnf',
    `${HEAD}// a comment\nlanguage en-GB; mode voice; root $a;\n/* another\n one */ public $a = [please] $b <1-2> {x=1; y+=2} | "two words" {!{z=3}!};\n$b = (c | d) <0->;\n`,
  );
  expect(grammar.language).toBe('en-GB');
  expect(grammar.root).toBe('a');
  expect([...grammar.rules.keys()]).toEqual(['a', 'b']);
  expect(grammar.rules.get('a')).toMatchObject({ public: true, at: { line: 5, column: 16 } });
  expect(grammar.rules.get('b')?.expansion).toMatchObject({ kind: 'repeat', min: 0, max: undefined });
});

test.each([
  ['no header', 'root $a;', '1:1', "expected '#ABNF 1.0 UTF-8;' as the first line"],
  ['no root', `${HEAD}$a = b;`, '2:8', "expected a declaration 'root $name;'"],
  ['root without rule', `${HEAD}root $a;\n$b = c;`, '2:6', 'expected a rule named $a, found none'],
  [
    'unknown declaration',
    `${HEAD}tongue en;`,
    '2:1',
    "expected 'language', 'mode', 'root', 'public', 'private' or a $rule, found 'tongue'",
  ],
  ['no semicolon', `${HEAD}root $a;\n$a = b`, '3:7', "expected ';', found the end of the file"],
  ['no equals', `${HEAD}root $a;\n$a b;`, '3:4', "expected '=', found 'b'"],
  ['empty rule', `${HEAD}root $a;\n$a = ;`, '3:6', "expected a word, $rule, {tag}, ( or [, found ';'"],
  ['empty alternative', `${HEAD}root $a;\n$a = b | ;`, '3:10', "expected a word, $rule, {tag}, ( or [, found ';'"],
  ['open bracket', `${HEAD}root $a;\n$a = [b;`, '3:8', "expected ']', found ';'"],
  ['open parenthesis', `${HEAD}root $a;\n$a = (b | c;`, '3:12', "expected ')', found ';'"],
  ['stray bracket', `${HEAD}root $a;\n$a = b );`, '3:8', "expected ';', found ')'"],
  [
    'digits for words',
    `${HEAD}root $a;\n$a = press 1;`,
    '3:12',
    "expected a word as spoken ('one', not '1'), found '1'",
  ],
  [
    'a full-width digit',
    `${HEAD}root $a;\n$a = Press １;`,
    '3:12',
    "expected a word as spoken ('one', not '1'), found '１'",
  ],
  ['script in a tag', `${HEAD}root $a;\n$a = b {out.x = f()};`, '3:8', 'expected a tag {key=value} or {key+=value}'],
  ['two rules of a name', `${HEAD}root $a;\n$a = b;\n$a = c;`, '4:1', 'expected one rule $a, found a second'],
  ['repeat upside down', `${HEAD}root $a;\n$a = b <3-2>;`, '3:8', 'expected a repeat <n>, <n-m> or <n->'],
  [
    'repeat beyond bounds',
    `${HEAD}root $a;\n$a = b <1000>;`,
    '3:8',
    'expected a repeat <n>, <n-m> or <n-> with n ≤ m ≤ 64',
  ],
  ['garbage', `${HEAD}root $a;\n$a = b $GARBAGE;`, '3:8', '$VOID and $GARBAGE are not supported'],
  [
    'a stray character',
    `${HEAD}root $a;\n$a = b > c;`,
    '3:8',
    'expected a word, $rule, {tag}, <repeat> or one of ; = | ( ) [ ], found ">"',
  ],
  ['undefined rule', `${HEAD}root $a;\n$a = b $c;`, '3:8', 'expected a rule named $c, found none'],
  [
    'recursion',
    `${HEAD}root $a;\n$a = b $c;\n$c = d [$a];`,
    '4:9',
    'expected a rule that does not contain itself, found $a',
  ],
  ['unknown file', `${HEAD}root $a;\n$a = $<other.abnf>;`, '3:6', "expected a grammar file, found no 'other.abnf'"],
  [
    'unknown built-in',
    `${HEAD}root $a;\n$a = $<builtin:weekday>;`,
    '3:6',
    'expected builtin:, and one of digits, yesno, spelled, currency',
  ],
  [
    'built-in out of bounds',
    `${HEAD}root $a;\n$a = $<builtin:digits?length=99>;`,
    '3:6',
    'expected length, or min ≤ max, from 1 to 24',
  ],
])('%s', (_, text, place, expected) => {
  const error = failure(() => compiled(text));
  expect(error.code).toBe('GRAMMAR_INVALID');
  expect(error.message).toContain(`g.abnf:${place}: `);
  expect(error.message).toContain(expected);
  expect(`${error.facts['line']}:${error.facts['column']}`).toBe(place);
});

test('a private rule is not for other files', () => {
  const files = new Map([
    ['a.abnf', `${HEAD}root $a;\n$a = $<b.abnf#secret>;`],
    ['b.abnf', `${HEAD}root $b;\n$b = x;\nprivate $secret = y;`],
  ]);
  const error = failure(() =>
    compileGrammar('a.abnf', (name) => files.get(name), { file: 'plan', line: 1, column: 1 }),
  );
  expect(error.message).toBe('a.abnf:3:6: expected a public rule $secret in b.abnf, found none');
});

test('too large a grammar is refused, not unrolled', () => {
  const error = failure(() => compiled(`${HEAD}root $a;\n$a = $b <64>;\n$b = $c <64>;\n$c = $d <64>;\n$d = x y z;`));
  expect(error.message).toContain(
    'expected a grammar of at most 20000 words when its rules and repeats are written out, found more in the rule $c',
  );
});

test('an error says no more of what it found than somebody reads', () => {
  const error = failure(() =>
    parseAbnf('g.abnf', `${HEAD}language en-US;\nmode voice;\nroot $a;\npublic $a = x {${'a'.repeat(100_000)}};\n`),
  );
  expect(error.message).toMatch(/^g\.abnf:5:15: expected a tag .*…$/);
  expect(error.message.length).toBeLessThan(600);
});

test('whatever the text, it is read or refused with a place', () => {
  const pieces = fc.constantFrom(
    '$a',
    '=',
    ';',
    '|',
    '(',
    ')',
    '[',
    ']',
    'word',
    '{x=1}',
    '<2>',
    '"q r"',
    '\n',
    '//c\n',
    '$<builtin:yesno>',
    '{',
    '<',
    '$',
    'root',
    'public',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: pieces }, fc.string({ maxLength: 4 }))), (parts) => {
      try {
        expect(compiled(`${HEAD}root $a; $a = b; ${parts.join(' ')}`).arcs.length).toBeGreaterThan(0);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(IvrError);
        expect(thrown).toMatchObject({
          code: 'GRAMMAR_INVALID',
          facts: { file: expect.any(String), line: expect.any(Number), column: expect.any(Number) },
        });
      }
    }),
    { numRuns: 500 },
  );
});
