import { oneByOne, spokenCount, spokenDecimal, spokenDigits, spokenNumber } from './spoken-number.ts';
import { clock, spokenDate, spokenMoney, spokenTime } from './spoken-values.ts';

const AMOUNT = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?`;
const SIGNS: Readonly<Record<string, string>> = {
  '¥': 'CNY',
  '￥': 'CNY',
  $: 'USD',
  US$: 'USD',
  HK$: 'HKD',
  '€': 'EUR',
  '£': 'GBP',
};
const CODES = 'CNY|RMB|USD|EUR|GBP|HKD|JPY';
/** What is counted: 2个 is 两个. */
const MEASURES = '个|位|名|笔|张|次|天|周|年(?!\\d)|小时|分钟|块|元|倍|份|家|条|项|种|件|人|户|遍|层|台|套|本|把|只|岁';
/** What numbers are called that are read digit by digit. */
const NAMED =
  /(尾号|卡号|账号|帐号|账户|单号|编号|号码|密码|验证码|工号|手机|电话|热线|邮编|代码|房间|分机|拨打|致电|请拨)(号|为|是|：|:| )*(\d[\d -]*\d|\d)(?![\d.,]*\d)/g;

type Step = (text: string) => string;
const plain = (amount: string): number => Number(amount.replaceAll(',', ''));

/** Applied in this order; no figure is left at the end. */
const STEPS: readonly Step[] = [
  // dates and times
  (text) =>
    text.replace(/(?<![\d-])(\d{4})-(\d{1,2})-(\d{1,2})(?![\d-])/g, (found, y: string, m: string, d: string) => {
      const said = spokenDate(`${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`);
      return /\d/.test(said) ? found : said;
    }),
  (text) =>
    text.replace(/(?<![\d/])(\d{4})\/(\d{1,2})\/(\d{1,2})(?![\d/])/g, (found, y: string, m: string, d: string) => {
      const said = spokenDate(`${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`);
      return /\d/.test(said) ? found : said;
    }),
  (text) =>
    text.replace(
      /(?<!\d)(\d{4}|\d{2})(年)(?!期|利|以|内|前|后|来|多|化)/g,
      (_, year: string, mark: string) => `${oneByOne(year)}${mark}`,
    ),
  (text) =>
    text.replace(
      /(?<![\d.])(\d{1,2})(月)(\d{1,2})([日号])/g,
      (_, m: string, month: string, d: string, day: string) =>
        `${spokenNumber(Number(m))}${month}${spokenNumber(Number(d))}${day}`,
    ),
  (text) =>
    text.replace(
      /(上午|下午|早上|晚上|凌晨|中午)\s?(\d{1,2})[:：](\d{2})(?![\d:：])/g,
      (_, part: string, h: string, m: string) => `${part}${clock(Number(h), Number(m))}`,
    ),
  (text) => text.replace(/(?<=[:：]\d{2})\s?[-–~～至]\s?(?=\d{1,2}[:：]\d{2})/g, '到'),
  (text) =>
    text.replace(/(?<![\d:：.])(\d{1,2})[:：](\d{2})(?:[:：]\d{2})?(?![\d:：])/g, (found) => {
      const said = spokenTime(found.replace('：', ':'));
      return /\d/.test(said) ? found : said;
    }),
  (text) =>
    text.replace(/(?<![\d.])(\d{1,2})点(\d{1,2})(分)?/g, (_, h: string, m: string) => clock(Number(h), Number(m))),
  (text) => text.replace(/(?<![\d.])2点/g, '两点'),
  // money
  (text) =>
    text.replace(
      new RegExp(String.raw`([-−]?)(US\$|HK\$|[¥￥$€£])\s?(${AMOUNT})(万|亿)?(?![\d])`, 'g'),
      (_, sign: string, mark: string, amount: string, scale?: string) =>
        money(sign, amount, scale, SIGNS[mark] ?? 'CNY'),
    ),
  (text) =>
    text.replace(
      new RegExp(String.raw`([-−]?)(?<![\d.])(${AMOUNT})(万|亿)?\s?(${CODES})\b`, 'g'),
      (_, sign: string, amount: string, scale: string | undefined, code: string) =>
        money(sign, amount, scale, code === 'RMB' ? 'CNY' : code),
    ),
  (text) =>
    text.replace(
      new RegExp(String.raw`\b(${CODES})\s?(${AMOUNT})(万|亿)?(?![\d])`, 'g'),
      (_, code: string, amount: string, scale?: string) => money('', amount, scale, code === 'RMB' ? 'CNY' : code),
    ),
  (text) =>
    text.replace(
      new RegExp(String.raw`(?<![\d.])(\d{1,3}(?:,\d{3})+\.\d{1,2}|\d+\.\d{1,2})元`, 'g'),
      (_, amount: string) => spokenMoney(plain(amount), 'CNY'),
    ),
  // shares and ranges
  (text) =>
    text.replace(
      /(?<![\d.])([-−]?[\d,]*\.?\d+)\s?[%％]/g,
      (_, share: string) => `${/^[-−]/.test(share) ? '负' : ''}百分之${spokenDecimal(share.replace(/^[-−]/, ''))}`,
    ),
  (text) => text.replace(/(?<![\d.])([-−]?[\d,]*\.?\d+)\s?‰/g, (_, share: string) => `千分之${spokenDecimal(share)}`),
  (text) =>
    text.replace(
      /(?<![\d/])(\d{1,3})\/(\d{1,3})(?![\d/])/g,
      (_, above: string, below: string) => `${spokenNumber(Number(below))}分之${spokenNumber(Number(above))}`,
    ),
  // what is read digit by digit
  (text) =>
    text.replace(
      NAMED,
      (_, name: string, is: string | undefined, digits: string) =>
        `${name}${(is ?? '').replaceAll(/[：: ]/g, '')}${spokenDigits(digits.replaceAll(/[ -]/g, ''))}`,
    ),
  (text) =>
    text.replace(
      /(?<![\d.,-])(?:\+86[ -]?)?(1\d{2})[ -]?(\d{4})[ -]?(\d{4})(?![\d.,-]*\d)/g,
      (_, a: string, b: string, c: string) => spokenDigits(a + b + c),
    ),
  (text) =>
    text.replace(
      /(?<![\d.,-])(0\d{2,3}|400|800)-(\d{3,4})-?(\d{3,4})(?![\d-])/g,
      (_, a: string, b: string, c: string) => [a, b + c].map(spokenDigits).join('，'),
    ),
  (text) =>
    text.replace(/(?<![\d.,-])(\d{2,8}(?:-\d{2,8})+)(?![\d-])/g, (_, digits: string) =>
      digits.split('-').map(spokenDigits).join('，'),
    ),
  (text) => text.replace(/(?<![\d.,])(\d+)\s?[-–~～至]\s?(\d+)(?![\d.,]*\d)/g, '$1到$2'),
  // what is counted, and the rest
  (text) => text.replace(new RegExp(`(?<![\\d.,第])2(?=\\s?(?:${MEASURES}))`, 'g'), '两'),
  (text) =>
    text.replace(
      /(?<![\d.,])([-−](?<=(?:^|[\s（(，,:：])[-−]))?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)(万|亿)?/g,
      (_, sign: string | undefined, number: string, scale = '') =>
        `${sign === undefined ? '' : '负'}${spokenDecimal(number)}${scale}`,
    ),
  (text) => text.replace(/(?<!\d)2(万|亿)/g, (_, scale: string) => `${spokenCount(2)}${scale}`),
  (text) =>
    text.replace(
      /([-−](?<=(?:^|[\s（(，,:：])[-−]))?(\d+)/g,
      (_, sign: string | undefined, digits: string) => `${sign === undefined ? '' : '负'}${number(digits)}`,
    ),
  (text) => text.replaceAll(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, ''),
];

/** Long ones, and those that begin with a zero, name something. */
const number = (digits: string): string =>
  digits.length > 1 && (digits.startsWith('0') || (digits.length > 5 && !/0{3}$/.test(digits)))
    ? spokenDigits(digits)
    : spokenNumber(Number(digits));

function money(sign: string, amount: string, scale: string | undefined, currency: string): string {
  const minus = sign === '' ? '' : '负';
  if (scale === undefined) return `${minus}${spokenMoney(plain(amount), currency)}`;
  const unit = spokenMoney(3, currency).slice(1);
  return `${minus}${amount === '2' ? '两' : spokenDecimal(amount)}${scale}${unit}`;
}

/**
 * Chinese as it is written to Chinese as it is said: ¥12,345.60 → 一万二千三百四十五元六角, 尾号6688 → 尾号六六八八, 约10%的人 →
 * 约百分之十的人, 2个 → 两个, 2月 → 二月. No figure is left.
 */
export const spokenChineseText = (text: string): string =>
  STEPS.reduce(
    (written, step) => step(written),
    text.replaceAll(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0)),
  );
