import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactText } from '../../src/redaction/redact-text.ts';

describe('English: what is personal is hidden', () => {
  test.each([
    ['My name is Katie Marshall.', 'My name is [name].'],
    ["hello it's Teresa Brown here", "hello it's [name] here"],
    ['this is Mark Young speaking', 'this is [name] speaking'],
    ['mark young', '[name]'],
    ['Mr Savage and Mrs Hill', 'Mr [name] and Mrs [name]'],
    ['Please transfer fifty pounds to Bogdan Wisniewski today', 'Please transfer # pounds to [name] today'],
    ['please send it to priya', 'please send it to [name]'],
    ['K A T I E', '[name]'],
    ['t for Tommy a for apple y for yellow', '[name]'],
    ['Kilo Alpha Tango India Echo', '[name]'],
    ['double l e w i s', '[name]'],
    ['i live opposite the church on mill road', 'i live opposite the church on [address]'],
    ['we have moved from cherry tree lane to oak street', 'we have moved from [address] to [address]'],
    ['the bank in the high street is closed', 'the bank in the high street is closed'],
    ['W20 6YB', '[address]'],
    ['my postcode is w 2 0 6 y b', 'my postcode is [address]'],
    ['whiskey 2 0 alpha bravo', '[address]'],
    ['I live at 12 Baker Street', 'I live at [address]'],
    ['send it to forty two oxford road please', 'send it to [address] please'],
    ['I have moved to Flat 3b, 17 Church Lane', 'I have moved to [address], [address]'],
    ['My address is Rosewood, Hampton. Can you change it?', 'My address is [address], [address]. Can you change it?'],
    ['I was born on the 27th of September 1979', 'I was born on the [date]'],
    ['27th of the 9th 1979', '[date]'],
    ['27/09/1979', '[date]'],
    ['my date of birth is the third of march nineteen eighty', 'my date of birth is the [date]'],
    ['it is k.smith@example.com', 'it is [email]'],
    ['write to k smith at example dot co dot uk', '[email]'],
    ['It is 42, double oh seven, Twenty-one dollars', 'It is ##, # # #, #-# dollars'],
    ['my account is one two 34', 'my account is # # ##'],
    ['call me on 020 7946 0018', 'call me on ### #### ####'],
  ])('%s', (said, shown) => {
    expect(redactText(said)).toBe(shown);
  });
});

describe('English: ordinary words stay', () => {
  test.each([
    'What is my balance?',
    'I will grant access to the app, may I?',
    'Can I close my account and order a new card?',
    "I'm calling about my card, it's not working.",
    'Which one of the cards can I use in the US?',
    'my name is spelled wrong on the card',
    'My address is wrong, please change it',
    'I live in a different country now',
    'I am on my way to the bank',
    'Can I top up with Apple Pay or a Mastercard?',
    'first of all, the second card was lost on Monday in December',
    'oh I see, that is a good rate at 1st sight'.replace('1st', 'first'),
    'Is this call going to be recorded?',
    'There is a direct debit that I did not authorise.',
    'speak to a person please',
  ])('%s', (said) => {
    expect(redactText(said)).toBe(said);
  });
});

describe('Chinese: what is personal is hidden', () => {
  test.each([
    ['我叫张伟', '我叫[name]'],
    ['你好，我是李娜，想查余额', '你好，我是[name]，想查余额'],
    ['我的名字是欧阳明', '我的名字是[name]'],
    ['免贵姓王', '免贵姓[name]'],
    ['张伟', '[name]'],
    ['王先生在吗', '[name]先生在吗'],
    ['请转给王小明五百元', '请转给[name]##元'],
    ['弓长张，伟大的伟', '[name]，[name]'],
    ['我住在上海市浦东新区世纪大道100号', '我住在[address]'],
    ['地址是中山路十二号三单元402室，谢谢', '地址是[address]，谢谢'],
    ['寄到朝阳区建国路88号院3号楼', '寄到[address]'],
    ['北京市海淀区中关村大街27号', '[address]'],
    ['我是一九八五年三月五号出生的', '我是[date]出生的'],
    ['生日是1985年3月5日', '生日是[date]'],
    ['卡号是六二二八四八零四', '卡号是########'],
    ['户主是朱婷', '户主是[name]'],
    ['那张卡是我爱人张文的', '那张卡是我爱人[name]的'],
    ['请把钱转到王龙的账户', '请把钱转到[name]的账户'],
    ['我替郭志强问一下', '我替[name]问一下'],
    ['我同事傅婷婷的卡', '我同事[name]的卡'],
    ['1959年1月21日', '[date]'],
    ['我住在成都市武侯区天府大道北段金色家园74号A座1203', '我住在[address]'],
    // as a recognizer writes it
    ['你好 我 叫 彭 瑜 我想 查 一下 账户', '你好我叫[name]我想查一下账户'],
    ['请 寄 到 浙江省 杭州市 宝山 区 光明 街 92 号 十七 栋 124 室', '请寄到[address]'],
    ['密码 是 八 八 二 九 二 幺', '密码是######'],
    ['出生 日期 八 七年 五月 十六 号', '出生日期[date]'],
    ['手机号13800138000', '手机号###########'],
  ])('%s', (said, shown) => {
    expect(redactText(said)).toBe(shown);
  });
});

describe('Chinese: ordinary words stay', () => {
  test.each([
    '名字写错了',
    '姓名不一致怎么办',
    '住在国外怎么办理',
    '例如，你可以为在美国中使用英语的呼叫中心创建项目',
    '两张新卡',
    '一张文件',
    '金融理财平安保险',
    '我想查一下余额',
    '请帮我转人工',
    '我的信用卡丢了',
    '高兴',
    '方便的话请告诉我利息是多少',
    '我是来办房贷的',
    '账号和密码都忘了怎么办',
    '第一次用手机银行',
    '万一卡丢了怎么办',
    '这个市场的利率十分高',
    '我要给您反映一个问题',
    '谢谢，再见',
    '附近有网点吗',
  ])('%s', (said) => {
    expect(redactText(said)).toBe(said);
  });
});

test('no digit is ever shown, nothing throws, and what has been redacted stays as it is', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom(
      'my name is ',
      'I live at ',
      'Mark ',
      '12 ',
      'w20 ',
      ' at x dot com',
      '我叫',
      '张伟',
      '住在',
      '路3号',
      '三月五日',
      ', ',
      '. ',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const said = pieces.join('');
      const shown = redactText(said);
      expect(shown).not.toMatch(/\p{Nd}/u);
      expect(shown.length).toBeLessThanOrEqual(said.length * 10 + 16);
    }),
    { numRuns: 500 },
  );
});

test('a long utterance takes no more than a moment', () => {
  const long = 'transfer to kepharts twelve baker street 我住在上海市 a b c 1 2 3 '.repeat(200);
  const began = performance.now();
  redactText(long);
  expect(performance.now() - began).toBeLessThan(2_000);
});
