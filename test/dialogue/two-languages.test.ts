import { describe, expect, test } from 'vitest';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import { type UninterpretedEvent, understood } from '../../src/dialogue/understanding.ts';
import { IvrError } from '../../src/domain/error.ts';
import { openSimulation, type Simulation } from './support/simulate.ts';

/* A dialplan in two languages: each text by language, the caller's language by number, first words or key, and changed at any time. */

const PLAN = `dialplan: two
version: 1
language: en-US
languages: { zh-CN: { called: ['+862155550100'], key: '8' } }
maximum-call-seconds: 600
notices: [{ id: recording, version: 1, text: { en: This call is recorded., zh: 本次通话将被录音。 } }]
trouble:
  no-input: { en: Nothing., zh: 没有听到。 }
  no-match: { en: Pardon?, zh: 没有听清。 }
  tries: 3
  escalate: person
  silent-tries: 3
  silent: bye
keys-only: { say: { en: Keys please., zh: 请按键。 }, escalate: person }
commands: { grammar: { en: commands.abnf, zh: commands-zh.abnf }, list: { person: { to: person, keys: '0' }, repeat: {}, help: {} } }
time-up: bye
shutdown: bye
flows:
  main:
    start: what
    states:
      what:
        kind: question
        say: { en: How can I help?, zh: 请问您要办理什么业务？ }
        free: true
        options:
          pay: { to: details, keys: '1', phrases: { en: [make a payment], zh: [我要转账, 转账] }, label: { en: a payment, zh: 转账 } }
          hours: { to: open, keys: '2', keywords: { en: [opening hours, open], zh: [营业时间, 几点开门] }, label: { en: opening hours, zh: 营业时间 }, confirm: { en: Opening hours?, zh: 您要问营业时间吗？ } }
      open: { kind: say, say: { en: From nine to five., zh: 九点到五点。 }, next: what }
      details:
        kind: form
        slots:
          amount: { say: { en: How much?, zh: 请问转多少？ }, type: { is: amount, currency: CNY } }
          card: { say: { en: Which card?, zh: 哪一张卡？ }, help: { en: The last four digits., zh: 卡号后四位。 }, type: { is: digits, length: 4 } }
          day: { say: { en: When?, zh: 哪一天？ }, type: date }
        next: sure
      sure:
        kind: confirm
        say: { en: 'Pay {{amount}} from {{card}} on {{day}}?', zh: '从尾号{{card}}的卡，{{day}}，转{{amount}}，对吗？' }
        yes: done
        no: { to: details, clear: [amount] }
      done: { kind: say, say: { en: Done., zh: 办好了。 }, next: bye }
      person: { kind: transfer, because: asked, completed: bye, no-answer: bye }
      bye: { kind: end, say: { en: Goodbye., zh: 再见。 } }
`;
const GRAMMARS: Readonly<Record<string, string>> = {
  'commands.abnf': '#ABNF 1.0 UTF-8;\nroot $c;\n$c = agent {command=person} | repeat {command=repeat};',
  'commands-zh.abnf':
    '#ABNF 1.0 UTF-8;\nlanguage zh-CN;\nroot $c;\n$c = 人工 {command=person} | 再说一遍 {command=repeat};',
};
const grammars = (name: string): string | undefined => GRAMMARS[name];
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
      'a grammar that is missing',
      'zh: commands-zh.abnf',
      'zh: nowhere.abnf',
      /expected a grammar file, found no 'nowhere.abnf'/,
    ],
    [
      'another question in one of them',
      'phrases: { en: [make a payment], zh: [我要转账, 转账] }',
      'phrases: { en: [make a payment], zh: [1] }',
      /expected/,
    ],
  ])('%s', (_, from, to, expected) => expect(refused(from, to)).toMatch(expected));
});
