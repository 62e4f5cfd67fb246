/** A dialplan in English and Mandarin, each of its texts by language. */
export const TWO_LANGUAGES_PLAN = `dialplan: two
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
export const TWO_GRAMMARS = (name: string): string | undefined => GRAMMARS[name];
