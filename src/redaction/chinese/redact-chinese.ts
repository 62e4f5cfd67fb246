import { DOUBLE_SURNAMES, NO_NAMES, SURNAMES } from './surnames.ts';

const HAN = '[\\p{Script=Han}]';
const NUMBER = '[\\p{Nd}零〇一二三四五六七八九十百千万两幺]';
/** Characters that a given name hardly has, and that end one. */
const NO_GIVEN =
  '的了吗呢吧啊呀是在要想我你您他她它们这那有没不也就都和跟给到把被从对向以为因所可能会请帮说问查转账汇款办卡号';
const TITLE = '先生|女士|小姐|太太|经理|老师|医生|律师|主任';
const GIVEN = `(?:(?![${NO_GIVEN}]|${TITLE})${HAN}){1,2}`;
const SURNAME = `(?:${DOUBLE_SURNAMES}|[${[...SURNAMES].join('')}])`;
const PERSON = `${SURNAME}${GIVEN}`;
const BARE = new RegExp(`^${SURNAME}${GIVEN}$`, 'u');

const DATE = new RegExp(
  `(?:${NUMBER}{2,4}年)?${NUMBER}{1,3}月(?:份)?${NUMBER}{1,3}[日号]?|${NUMBER}{2,4}年${NUMBER}{1,3}月`,
  'gu',
);
const INTRODUCED = new RegExp(
  `((?:我|本人|他|她|我先生|我太太)?(?:名字)?(?:叫做?|名叫)|(?:名字|姓名|户名|收款人|持卡人|开户人)(?:叫做?|是|为)?|免贵姓|我姓|姓|称呼我)(${DOUBLE_SURNAMES}|(?![${NO_GIVEN}])${HAN})((?:(?![${NO_GIVEN}]|${TITLE})${HAN}){0,3})`,
  'gu',
);
const I_AM = new RegExp(`((?:我是|本人是|这里是|我就是))(${PERSON})(?=$|[\\s，。！？,.!?、]|的|本人|${TITLE})`, 'gu');
const TITLED = new RegExp(`(${SURNAME})(${GIVEN})?(?=${TITLE})`, 'gu');
const RECIPIENT = new RegExp(
  `((?:转账?|汇款?|打款?|付款?|还)?[给向])(${PERSON})(?=$|[\\s，。！？,.!?、]|转|汇|打|付|还|的|${NUMBER})`,
  'gu',
);
/** How a surname's character is told, and "伟大的伟": the last character is one of the two before. */
const TOLD =
  /(?:弓长|木子|耳东|口天|双木|立早|古月|言午|草头|双口|走肖|三横)\p{Script=Han}|(?:\p{Script=Han}(?:就)?是)?(\p{Script=Han})(\p{Script=Han})的(?:\1|\2)(?!\p{Script=Han}的)/gu;

const UNIT =
  '(?:省|自治区|市|区|县|镇|乡|村|街道|大街|大道|路|街|道|巷|弄|胡同|里|号院|小区|花园|公寓|大厦|广场|新村|苑)';
const HOUSE = `(?:${NUMBER}+(?:号楼?|弄|栋|幢|座|单元|室|层|楼|户)(?:之${NUMBER})?)`;
const PLACED = new RegExp(
  `(?:(?![我你您他她的了在是到住])${HAN}){1,7}?${UNIT}(?:(?:(?![我你您他她的了是])${HAN}){1,8}?${UNIT})*${HOUSE}+|(?:(?![我你您他她的了在是到住])${HAN}){1,5}?(?:省|市)(?:(?![我你您他她的了是])${HAN}){1,6}?(?:区|县|市|镇)(?:(?:(?![我你您他她的了是])${HAN}){1,8}?${UNIT})*`,
  'gu',
);
const LIVES =
  /((?:我|他|她)?(?:家|现在|现|就)?(?:住在|家住|住址(?:是|为|在)?|(?:家庭|收货|邮寄|联系|新|我的)?地址(?:是|为|在|改成|变更为|改为)|寄到|搬到|搬去))([^，。！？；,.!?;]{2,40})/gu;
const NUMBERS = new RegExp(`\\p{Nd}+|[零〇一二三四五六七八九十百千万两幺]{2,}`, 'gu');
/** Two characters of numbers that are words. */
const NO_NUMBERS = new Set([
  '万一',
  '十分',
  '千万',
  '一一',
  '百万',
  '一二',
  '三七',
  '七八',
  '九九',
  '一百',
  '一千',
  '一万',
]);

/** Chinese text without names, addresses, dates and numbers. */
export function redactChinese(text: string): string {
  const bare = text.replace(/[，。！？、\s]/gu, '');
  if (isName(bare)) return text.replace(/[\p{Script=Han}]+/u, '[name]');
  return text
    .replace(DATE, '[date]')
    .replace(LIVES, '$1[address]')
    .replace(PLACED, '[address]')
    .replace(TOLD, '[name]')
    .replace(INTRODUCED, (all, cue: string, first: string, rest: string) =>
      NO_NAMES.has(first + rest.slice(0, 1)) ? all : `${cue}[name]`,
    )
    .replace(I_AM, (all, cue: string, name: string) => (isWord(name) ? all : `${cue}[name]`))
    .replace(TITLED, (all) => (isWord(all) ? all : '[name]'))
    .replace(RECIPIENT, (all, cue: string, name: string) => (isWord(name) ? all : `${cue}[name]`))
    .replace(NUMBERS, (all) => (NO_NUMBERS.has(all) ? all : '#'.repeat(all.length)));
}

const isWord = (text: string): boolean => NO_NAMES.has(text.slice(0, 2)) || NO_NAMES.has(text.slice(0, 3));

/** Nothing else is said: a surname and one or two characters. */
const isName = (text: string): boolean => BARE.test(text) && !isWord(text);
