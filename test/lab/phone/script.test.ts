import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findWords, wordsOf } from '../../../src/lab/phone/match-text.ts';
import { parseScript, STEP_FORMS, Step } from '../../../src/lab/phone/script.ts';

describe('script', () => {
  test('all kinds of steps', () => {
    const script = parseScript(
      `voice: kal
steps:
  - wait-for: { text: how can I help, within_s: 20, wer: 0.4 }
  - say: what is my balance
  - interrupt: { after_ms: 1500, say: operator }
  - press: "2468#"
  - wait-for: { silence_ms: 800 }
  - wait-for: { speech: true }
  - wait-for: { hang-up: true }
  - pause_ms: 10
  - answer: { after_ms: 5 }
  - answer: { within_s: 5 }
  - decline: { status: 486 }
  - hang-up
`,
      'x.yaml',
    );
    expect(script.steps).toHaveLength(12);
    expect(script.voice).toBe('kal');
  });

  test.each([
    ['steps:\n  - say: hello\n  - shout: hello\n', 'x.yaml:3:5', 'not a step'],
    ['steps:\n  - press: "12x"\n', 'x.yaml:2:5', "expected press: '2468#' (in quotes"],
    ['steps:\n  - press: 0123\n', 'x.yaml:2:5', 'in quotes'],
    ['steps:\n  - wait-for: { txt: hi }\n', 'x.yaml:2:5', 'expected wait-for: {text: WORDS'],
    ['vioce: kal\nsteps:\n  - hang-up\n', 'x.yaml:1:1', 'there is no key vioce'],
    ['steps: []\n', 'x.yaml:1:1', 'expected `steps:`'],
    ['nothing: 1\n', 'x.yaml:1:1', 'expected steps, voice, language'],
    ['steps:\n  - say: "a\n', 'x.yaml:3:1', 'quote'],
    ['', 'x.yaml:1:1', 'expected `steps:`'],
  ])('%j is refused with its place', (text, place, expected) => {
    const parse = (): unknown => parseScript(text, 'x.yaml');
    expect(parse).toThrow(place);
    expect(parse).toThrow(expected);
  });
});

test.each([
  [
    'aliases that expand to billions',
    `a: &a [x, x]\n${'bcdefghijklmnopqrstuvwxyz'
      .split('')
      .map((name, n) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghijklmnopqrstuvwxy'[n]}`).join(', ')}]`)
      .join('\n')}\n`,
  ],
  ['brackets in each other', `steps: ${'['.repeat(20_000)}`],
  ['more than anybody writes', `steps:\n${'  - hang-up\n'.repeat(50_000)}`],
])('a script has the limits of other files: %s', (_, text) => {
  const began = performance.now();
  expect(() => parseScript(text, 'x.yaml')).toThrow(/^x\.yaml:\d+:\d+: expected |is not valid/);
  expect(performance.now() - began).toBeLessThan(5_000);
});

test('every wrong step is named at once', () => {
  expect(() => parseScript('steps:\n  - shout: a\n  - hang-up\n  - press: 1\n', 'x.yaml')).toThrow(
    /x\.yaml:2:5: `shout` is not a step[\s\S]*x\.yaml:4:5: expected press/,
  );
});

test('every step of the telephone has a form that says how it is written', () => {
  for (const [name, form] of Object.entries(STEP_FORMS)) expect(form.startsWith(name)).toBe(true);
  expect(Object.keys(STEP_FORMS)).toHaveLength(Step.anyOf.length);
});

describe('word error rate', () => {
  test.each([
    ['how can i help you', 'welcome to the bank how can i help you today', 0],
    ['how can i help you', 'how can he help you', 0.2],
    ['how can i help you', '', 1],
    ['balance', 'your ballots is', 1],
    ['one two three', 'one three', 1 / 3],
    ['', 'anything', 0],
  ])('%j in %j is %d', (wanted, heard, rate) => {
    expect(findWords(wordsOf(wanted), wordsOf(heard)).rate).toBeCloseTo(rate);
  });

  test('verbatim anywhere is 0; never above 1; more context never makes it worse', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 8 });
    fc.assert(
      fc.property(words, words, words, (before, wanted, after) => {
        const { rate: none, end } = findWords(wanted, [...before, ...wanted, ...after]);
        expect(none).toBe(0);
        expect(end).toBeLessThanOrEqual(before.length + wanted.length);
        const { rate } = findWords(wanted, before);
        expect(rate).toBeLessThanOrEqual(1);
        expect(findWords(wanted, [...before, ...after]).rate).toBeLessThanOrEqual(rate);
      }),
    );
  });

  test('punctuation and case do not count', () => {
    expect(wordsOf("Hello, World! It's 5:30.")).toEqual(['hello', 'world', "it's", '5', '30']);
  });
});
