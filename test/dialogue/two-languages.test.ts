import { describe, expect, test } from 'vitest';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import { type UninterpretedEvent, understood } from '../../src/dialogue/understanding.ts';
import { IvrError } from '../../src/domain/error.ts';
import { openSimulation, type Simulation } from './support/simulate.ts';
import { TWO_GRAMMARS as grammars, TWO_LANGUAGES_PLAN as PLAN } from './support/two-languages-plan.ts';

/* A dialplan in two languages: each text by language, the caller's language by number, first words or key, and changed at any time. */

const dialogue = openDialogue('two.yaml', PLAN, grammars, []);

const say = (text: string, free = false): UninterpretedEvent => ({
  type: 'said',
  heard: [{ words: text.split(' '), confidence: 0.9, free }],
});
const press = (digits: string): UninterpretedEvent => ({ type: 'keyed', digits });
const foreign = (language: string): UninterpretedEvent => ({ type: 'other-language', language });

function call(called: string, ...events: readonly UninterpretedEvent[]): Simulation {
  const simulation = openSimulation(dialogue, { contact: 'c', caller: '', called, today: '2026-11-30' });
  for (const event of events) simulation.send(event);
  return simulation;
}
const ENGLISH_LINE = '+15550100';
const bot = (simulation: Simulation): readonly string[] =>
  simulation.lines
    .slice(simulation.lines.findLastIndex((line) => line.startsWith('caller:')) + 1)
    .flatMap((line) => (line.startsWith('bot: ') ? [line.slice(5)] : []));
const languageIn = (simulation: Simulation): string => dialogue.place(simulation.state).language;

describe('the caller’s language', () => {
  test('is that of the number called', () => {
    expect(bot(call('+86 21 5555 0100'))).toEqual(['本次通话将被录音。', '请问您要办理什么业务？']);
    expect(bot(call(ENGLISH_LINE))).toEqual(['This call is recorded.', 'How can I help?']);
  });

  test.each([
    ['another language is heard', foreign('zh')],
    ['it is asked for', say('mandarin please')],
    ['it is asked for in its own words', say('说中文')],
    ['its key is pressed', press('8')],
  ])('changes when %s: what everybody must hear is said in it once', (_, event) => {
    const simulation = call(ENGLISH_LINE, event);
    expect(bot(simulation)).toEqual(['本次通话将被录音。', '请问您要办理什么业务？']);
    expect(languageIn(simulation)).toBe('zh-CN');
    simulation.send(say('说 英文'));
    expect(bot(simulation)).toEqual(['How can I help?']);
    simulation.send(foreign('zh'));
    expect(bot(simulation)).toEqual(['请问您要办理什么业务？']);
  });

  test('is taken from the first words, which count', () => {
    expect(bot(call(ENGLISH_LINE, say('我要转账')))).toEqual(['本次通话将被录音。', '请问转多少？']);
    expect(bot(call(ENGLISH_LINE, say('请问 你们 几点 开门 啊', true))).at(-1)).toBe('请问您要办理什么业务？');
    expect(bot(call('+862155550100', say('make a payment')))).toEqual(['This call is recorded.', 'How much?']);
  });

  test('changes in the middle of a form, and nothing is forgotten', () => {
    const simulation = call(ENGLISH_LINE, press('1'), say('twenty five yuan'), foreign('zh'));
    expect(bot(simulation).at(-1)).toBe('哪一张卡？');
    simulation.send(say('六六八八'));
    simulation.send(say('明天'));
    expect(bot(simulation)).toEqual(['从尾号六六八八的卡，二零二六年十二月一日，转二十五元，对吗？']);
    simulation.send(say('english please'));
    expect(bot(simulation)).toEqual([
      'Pay twenty-five yuan from six six eight eight on December first, twenty twenty-six?',
    ]);
  });

  test('does not change when letters are spelled that answer the question', () => {
    const spelled = openDialogue(
      'two.yaml',
      PLAN.replace('{ is: digits, length: 4 }', '{ is: spelled, length: 3 }'),
      grammars,
      [],
    );
    const simulation = openSimulation(spelled, {
      contact: 'c',
      caller: '',
      called: '+862155550100',
      today: '2026-11-30',
    });
    for (const event of [press('1'), say('二十五块'), say('a b c')]) simulation.send(event);
    expect(bot(simulation)).toEqual(['哪一天？']);
    expect(spelled.place(simulation.state)).toMatchObject({ language: 'zh-CN', slots: { card: 'ABC' } });
  });

  test('that the dialplan does not have is answered as before', () => {
    expect(bot(call(ENGLISH_LINE, foreign('fr')))[0]).toContain('I only understand English');
  });
});

describe('in Chinese', () => {
  const zh = (...events: readonly UninterpretedEvent[]): readonly string[] => bot(call('+862155550100', ...events));
  test('values are said and heard as Mandarin speakers say them', () => {
    const upTo = [press('1'), say('一万二千三百四十五块六'), say('六六八八'), say('十二月二号')];
    expect(zh(...upTo).at(-1)).toBe('从尾号六六八八的卡，二零二六年十二月二日，转一万二千三百四十五元六角，对吗？');
  });
  test('fourteen and forty are read back in figures', () => {
    expect(zh(press('1'), say('四十块'))).toEqual(['我听到的是四十元，数字是四零，对吗？']);
    expect(zh(press('1'), say('四十块'), say('不对 十四块'))).toEqual(['我听到的是十四元，数字是幺四，对吗？']);
    expect(zh(press('1'), say('四十块'), say('对的')).at(-1)).toBe('哪一张卡？');
  });
  test('troubles, keys and people, too', () => {
    expect(zh({ type: 'no-match' })).toEqual(['没有听清。', '请问您要办理什么业务？']);
    expect(zh({ type: 'no-input' })).toEqual(['没有听到。', '请问您要办理什么业务？']);
    expect(zh({ type: 'keys-only' }).join('')).toContain('转账请按1。营业时间请按2。人工服务请按0。');
    expect(call('+862155550100', say('人工')).waiting).toBe('transfer');
    expect(zh(press('1'), say('两三个'))).toEqual(['没有听清。', '请问转多少？']);
  });
});

describe('what can I say', () => {
  test('is told at every question: the menu, or what the dialplan says of it', () => {
    expect(bot(call(ENGLISH_LINE, say('what can i say'))).join()).toBe(
      'For a payment, press 1. For opening hours, press 2. For a person, press 0.',
    );
    const simulation = call(ENGLISH_LINE, press('1'), say('help please'));
    expect(bot(simulation)).toEqual(['How much?']);
    simulation.send(say('twenty five yuan'));
    simulation.send(say('help'));
    expect(bot(simulation)).toEqual(['The last four digits.']);
    simulation.send(say('six six eight eight'));
    expect(bot(simulation)).toEqual(['When?']);
  });
  test.each([
    [
      'an answer',
      'help: { say: { en: Just ask., zh: 请问吧。 } }',
      ['Just ask.', 'Now, back to my question.', 'How much?'],
    ],
    ['a way', 'help: { to: open }', ['From nine to five.', 'How can I help?']],
  ])('but for a help of the dialplan’s own, as dialplans had it before: %s', (_, help, expected) => {
    const assisting = (name: string) => grammars(name)?.replace('agent', 'assist {command=help} | agent');
    const older = openDialogue('two.yaml', PLAN.replace('help: {}', help), assisting, []);
    const simulation = openSimulation(older, { contact: 'c', caller: '', called: ENGLISH_LINE });
    for (const event of [press('1'), say('assist')]) simulation.send(event);
    expect(bot(simulation)).toEqual(expected);
  });
  test('in Chinese, and while something is read back', () => {
    expect(bot(call('+862155550100', say('我能说什么'))).join()).toContain('转账请按1。');
    expect(bot(call('+862155550100', press('1'), say('四十块'), say('帮助'))).join()).toContain('是请按1');
  });
});

describe('Chinese that is written down freely is recognised by its sound', () => {
  test.each(['请问 营业 时间', '请问 赢业 时间', '银业 实间', '几 点 该 们', '机点开门呀'])('%s', (text) => {
    const heard = bot(call('+862155550100', say(text, true))).join();
    const sounds = heard.includes('九点到五点') || heard.includes('您要问营业时间吗');
    expect(sounds).toBe(text !== '几 点 该 们');
  });
  test('and nothing else is', () => {
    expect(bot(call('+862155550100', say('今天 天气 很好', true)))[0]).toBe('没有听清。');
  });
});

test('the prompts of both languages are made ahead, each in its own', () => {
  const languages = new Set(
    dialogue.staticPrompts.map(({ text, language }) => `${/\p{Script=Han}/u.test(text)} ${language}`),
  );
  expect([...languages].sort()).toEqual(['false en-US', 'true zh-CN']);
  expect(dialogue.languages).toEqual(['en-US', 'zh-CN']);
});

test('a person, a queue and whoever else speaks to the caller are told of the language', () => {
  const transfer = (simulation: Simulation) => simulation.effects.find((effect) => effect.do === 'transfer');
  expect(transfer(call('+862155550100', say('人工')))).toMatchObject({ language: 'zh-CN' });
  expect(transfer(call(ENGLISH_LINE, press('0')))).not.toHaveProperty('language');
  expect(transfer(call(ENGLISH_LINE, foreign('zh'), say('english please'), press('0')))).not.toHaveProperty('language');
  const { language, disturbed } = dialogue.inLanguage('zh-CN');
  expect([language, disturbed.text, disturbed.language]).toEqual(['zh-CN', '对不起，线路刚才受到了干扰。', 'zh-CN']);
});

test('a state is plain JSON in either language', () => {
  const simulation = call(ENGLISH_LINE, foreign('zh'), press('1'));
  const again = JSON.parse(JSON.stringify(simulation.state)) as typeof simulation.state;
  const event = understood(dialogue, again, say('二十五块'));
  expect(dialogue.step(again, event)).toEqual(dialogue.step(simulation.state, event));
});

describe('the check refuses', () => {
  const refused = (from: string, to: string): string => {
    expect(PLAN).toContain(from);
    try {
      openDialogue('two.yaml', PLAN.replace(from, to), grammars, []);
      return '';
    } catch (thrown) {
      if (thrown instanceof IvrError) return thrown.message;
      throw thrown;
    }
  };
  test.each([
    [
      'a text in one language',
      'say: { en: Done., zh: 办好了。 }',
      'say: { en: Done. }',
      /two\.yaml:\d+:\d+: expected it in zh-CN as well/,
    ],
    [
      'a text by no language',
      'say: { en: Done., zh: 办好了。 }',
      'say: Done.',
      /expected the text in every language: \{ en-US: …, zh-CN: … \}/,
    ],
    [
      'a label of the key menu by no language',
      'label: { en: opening hours, zh: 营业时间 }',
      'label: opening hours',
      /expected the text in every language/,
    ],
    [
      'a choice by no language',
      'type: { is: digits, length: 4 }',
      'type: { is: choice, choices: { debit: [debit card], credit: [credit card] } }',
      /expected the text in every language/,
    ],
    [
      'a grammar that is missing',
      'zh: commands-zh.abnf',
      'zh: nowhere.abnf',
      /expected a grammar file, found no 'nowhere.abnf'/,
    ],
    [
      'another way in one of them: who changes the language on it would pass what it proves',
      'no: { to: details, clear: [amount] }',
      'no: { to: { en: details, zh: done }, clear: [amount] }',
      /two\.yaml:\d+:\d+: expected the same in every language/,
    ],
    [
      'another question in one of them',
      'phrases: { en: [make a payment], zh: [我要转账, 转账] }',
      'phrases: { en: [make a payment], zh: [1] }',
      /expected/,
    ],
  ])('%s', (_, from, to, expected) => expect(refused(from, to)).toMatch(expected));
});
