import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePrompt, promptSpeech, promptText } from '../../src/dialogue/dialplan/prompt-template.ts';
import { LexiconFault, parseLexicon } from '../../src/dialogue/dialplan/pronunciation-lexicon.ts';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import { IvrError } from '../../src/domain/error.ts';
import { smallGrammars, smallPlan, SMALL_SERVICES } from './support/small-plan.ts';

const same = (text: string): string => text;
const names = { known: new Set(['name']) };

describe('<sub> in prompts (SSML 1.1, 3.1.11)', () => {
  test.each([
    ['Welcome to <sub alias="ing bank">ING</sub>.', 'Welcome to ING.', 'Welcome to ing bank.'],
    ["<sub alias='A and B'>A&amp;B</sub>", 'A&B', 'A and B'],
    ['Dear {{name}}, <sub alias="x">y</sub>', 'Dear Ann, y', 'Dear Ann, x'],
    ['R&D is 3 < 4.', 'R&D is 3 < 4.', 'R&D is 3 < 4.'],
  ])('%s', (text, written, spoken) => {
    const prompt = parsePrompt('p', text, names);
    if (typeof prompt === 'string') throw new Error(prompt);
    expect(promptText(prompt, { name: 'Ann' }, 'en-US')).toBe(written);
    expect(promptSpeech(prompt, { name: 'Ann' }, 'en-US', same)).toBe(spoken);
  });

  test.each([
    '<sub>ING</sub>',
    '<sub alias="">ING</sub>',
    '<sub alias="ing">ING',
    'ING</sub>',
    '<sub alias="{{name}}">ING</sub>',
    '<break time="1s"/>',
    '<b>loud</b>',
  ])('%s is refused with what was expected', (text) => {
    expect(parsePrompt('p', text, names)).toMatch(/^expected .*<sub alias="as it is said">/);
  });
});

const pls = (lexemes: string, attributes = 'version="1.0" xml:lang="en-US"'): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<lexicon xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" ${attributes}>
${lexemes}
</lexicon>`;

describe('a pronunciation lexicon (W3C PLS 1.0)', () => {
  const { say, language } = parseLexicon(
    pls(`<lexeme><grapheme>Siobhan</grapheme><grapheme>Siobhán</grapheme><alias>shiv awn</alias></lexeme>
<lexeme><grapheme>St. John</grapheme><alias>sin jin</alias></lexeme>
<lexeme><grapheme>St. John Street</grapheme><alias>Saint John Street</alias></lexeme>
<lexeme><grapheme>C++</grapheme><alias>C plus plus</alias><alias>never</alias></lexeme>`),
  );

  test.each([
    ['Dear Siobhan, and Siobhán.', 'Dear shiv awn, and shiv awn.'],
    ['siobhan and Siobhanna', 'siobhan and Siobhanna'],
    ['St.  John lives in St. John Street', 'sin jin lives in Saint John Street'],
    ['C++!', 'C plus plus!'],
    ['', ''],
  ])('%s', (written, spoken) => expect(say(written)).toBe(spoken));

  test('says its language', () => expect(language).toBe('en-US'));

  test.each([
    ['<lexeme><grapheme>x</grapheme></lexeme>', 3, 'expected <grapheme> and <alias>'],
    ['<lexeme>\n<grapheme>x</grapheme><phoneme>ɛks</phoneme></lexeme>', 4, 'expected <alias>: phonemes are not read'],
    ['<lexeme><grapheme> </grapheme><alias>y</alias></lexeme>', 3, 'expected words in <grapheme>'],
    ['<word/>', 3, 'expected an element of PLS 1.0, found <word>'],
    ['<lexeme>', 4, 'expected <grapheme> and <alias>'],
    ['&bomb;', 3, 'undefined entity'],
  ])('%s: refused at its line', (lexemes, line, expected) => {
    expect.assertions(2);
    try {
      parseLexicon(pls(lexemes));
    } catch (thrown) {
      if (!(thrown instanceof LexiconFault)) throw thrown;
      expect(thrown.message).toContain(expected);
      expect(thrown.at.line).toBe(line);
    }
  });

  test.each(['', 'no xml', '<lexicon/>', '<!DOCTYPE x [<!ENTITY a "b">]><lexicon/>', pls('', 'version="2"')])(
    'no lexicon: %s',
    (xml) => expect(() => parseLexicon(xml)).toThrow(LexiconFault),
  );

  test('whatever the file, a fault or a lexicon', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        try {
          parseLexicon(pls(`<lexeme><grapheme>${text}</grapheme><alias>y</alias></lexeme>`)).say('x');
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LexiconFault);
        }
      }),
    );
  });
});

describe('a dialplan with a lexicon', () => {
  const withLexicon = smallPlan().replace('start: hello', 'lexicon: names.pls\nstart: hello');
  const open = (file: string) =>
    openDialogue(
      'small.yaml',
      withLexicon,
      (name) => (name === 'names.pls' ? file : smallGrammars(name)),
      SMALL_SERVICES,
    );

  test('is written as it was and said as the lexicon says', () => {
    const dialogue = open(pls('<lexeme><grapheme>Goodbye</grapheme><alias>good bye</alias></lexeme>'));
    const goodbye = dialogue.staticPrompts.find(({ text }) => text.includes('Goodbye'));
    expect(goodbye?.speech).toBe(goodbye?.text.replace('Goodbye', 'good bye'));
    for (const { text, speech } of dialogue.staticPrompts)
      if (!text.includes('Goodbye')) expect(speech).toBeUndefined();
  });

  const failure = (run: () => unknown): string => {
    try {
      run();
    } catch (thrown) {
      if (thrown instanceof IvrError && thrown.code === 'DIALPLAN_INVALID') return thrown.message;
      throw thrown;
    }
    throw new Error('expected an IvrError');
  };

  test('that is broken, absent or of another language is refused', () => {
    expect(failure(() => open(pls('<word/>')))).toMatch(/^names\.pls:3:\d+: expected an element/);
    expect(failure(() => open(pls('', 'version="1.0" xml:lang="zh-CN"')))).toContain('expected a lexicon of en-US');
    expect(failure(() => openDialogue('small.yaml', withLexicon, smallGrammars, SMALL_SERVICES))).toMatch(
      /^small\.yaml:\d+:\d+: expected a \.pls file in the folder of the grammars, found 'names\.pls'/,
    );
  });
});
