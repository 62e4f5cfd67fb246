import { expect, test } from 'vitest';
import { parseAbnf } from '../../src/grammar/srgs/parse-abnf.ts';
import { parseGrxml } from '../../src/grammar/srgs/parse-grxml.ts';
import { ABNF, compiled, XML } from './support/grammars.ts';

/* Whatever a file has in it, it is read or refused by name in a time that goes with its length. */

const invalid = (message: string): object =>
  expect.objectContaining({ code: 'GRAMMAR_INVALID', message: expect.stringContaining(message) });
const SPACES = ' '.repeat(20_000);

test('a hundred thousand beginnings of a long tag without an end', { timeout: 60_000 }, () => {
  const began = performance.now();
  const read = parseAbnf('a', `${ABNF}$a = x ${'{!{}'.repeat(100_000)};`);
  expect(read.rules.get('a')?.expansion).toMatchObject({ kind: 'sequence' });
  expect(performance.now() - began).toBeLessThan(15_000); // each looked for to the end takes longer
});

test.each([
  ['ABNF', () => parseAbnf('a', `${ABNF}$a = x <1${SPACES}y>;`), 'expected a token, $rule, {tag}, ( or ['],
  ['ABNF, a dash', () => parseAbnf('a', `${ABNF}$a = x <1${SPACES}-${SPACES}->;`), 'expected a token'],
  ['XML', () => parseGrxml('a', XML(`<rule id="a"><item repeat="1${SPACES}y">x</item></rule>`)), 'expected a repeat'],
])('a repeat of twenty thousand blanks: %s', { timeout: 60_000 }, (_, read, message) => {
  expect(read).toThrow(invalid(message));
});

test('a rule of a hundred thousand words in XML, with places', { timeout: 60_000 }, () => {
  const began = performance.now();
  const words = 'word\n'.repeat(100_000);
  expect(parseGrxml('a', XML(`<rule id="a">${words}</rule>`)).rules.get('a')?.expansion).toMatchObject({
    kind: 'sequence',
  });
  expect(performance.now() - began).toBeLessThan(15_000);
  expect(() => parseGrxml('a', XML('<rule id="a">1\n 2\n  x y</rule>', 'mode="dtmf"'))).toThrow(
    invalid("a:3:3: expected a key (0 to 9, *, # or A to D) in a grammar of mode dtmf, found 'x'\na:3:5: "),
  );
});

test('repeats behind each other lie in each other: four are read, more refused', () => {
  expect(compiled(`${ABNF}$a = x<1-2><1><2><1>;`).interpret('x x')).not.toEqual([]);
  expect(() => parseAbnf('a', `${ABNF}$a = x${'<1>'.repeat(100_000)};`)).toThrow(
    invalid('a:4:19: expected at most 4 repeats behind one thing'),
  );
});

test('repeats that grow past all bounds', { timeout: 60_000 }, () => {
  expect(() => compiled(`${ABNF}$a = ${'x<1000> '.repeat(3_000)};`)).toThrow(
    invalid('expected a grammar of at most 2000000 repeated parts when its repeats are written out, found more'),
  );
});

test('what may be left out is used a hundred and fifty thousand times', { timeout: 60_000 }, () => {
  const { contextFree } = compiled(`${ABNF}$a = ${'$b | '.repeat(150_000)} y; $b = [x];`);
  expect(contextFree.nullable[contextFree.start]).toBe(true);
});

test('ten thousand rules that begin with each other are refused, a hundred are read', { timeout: 60_000 }, () => {
  const chain = (length: number): string =>
    `${ABNF}$a = $r0; ${Array.from({ length }, (_, n) => `$r${n} = $r${n + 1} | w${n};`).join('')} $r${length} = end;`;
  expect(compiled(chain(100)).interpret('w99')).not.toEqual([]);
  expect(() => compiled(chain(10_000))).toThrow(invalid('a:4:1: expected fewer rules that begin with each other'));
});
