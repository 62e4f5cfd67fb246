import { DOUBLE_SURNAMES, NO_NAMES, SURNAMES } from './surnames.ts';
import { hideUncuedNames } from './uncued-names.ts';

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

const DAY = `${NUMBER}{1,3}月(?:份)?(?:初|廿)?${NUMBER}{1,3}[日号]?`;
const DATE = new RegExp(
  `(?:(?:农历|阴历|阳历|公历)?${NUMBER}{2,4}年的?)?(?:农历|阴历|阳历|公历)?${DAY}|${NUMBER}{2,4}年${NUMBER}{1,3}月|\\p{Nd}{4}[.-]\\p{Nd}{1,2}[.-]\\p{Nd}{1,2}`,
  'gu',
);
/** Whose name follows: what a form calls people, and what people call their own. */
const ROLE =
  '(?:名字|姓名|户名|户主|本名|收款人|付款人|持卡人|开户人|联系人|受益人|担保人|申请人|爱人|老公|老婆|丈夫|妻子|先生|太太|妈妈|母亲|爸爸|父亲|儿子|女儿|哥哥|姐姐|弟弟|妹妹|孩子|朋友|同事)';
const INTRODUCED = new RegExp(
  `((?:我|本人|他|她)?(?:名字)?(?<!呼)(?:叫做?|名叫)|${ROLE}(?:的?(?:名字|姓名))?(?:叫做?|是|为)|免贵姓|我姓|(?<=^|[，。！？,.!?他她])姓|称呼我)(${DOUBLE_SURNAMES}|(?![${NO_GIVEN}])${HAN})((?:(?![${NO_GIVEN}]|${TITLE})${HAN}){0,3})`,
  'gu',
);
/** A role without a verb, or another cue: only a surname makes it a name. */
const CUED = new RegExp(
  `(${ROLE}(?:的?(?:名字|姓名))?|(?:钱|款)?(?:转账?|汇款?|打款?|付款?|存)到|(?:转接|我找|找一下|接)(?:一下)?|(?<=^|[，。！？,.!?])是)(${PERSON})(?=$|[\\s，。！？,.!?、]|的|本人|账|在|想|要|转|汇|打|我|${TITLE})`,
  'gu',
);
/** What is done about somebody: only a surname makes it a name, and what follows says that it is over. */
const ABOUT = new RegExp(
  `((?:改成|改为|换成|写的?是?|填的?是?|查(?:一下|一查)?|上次是|昨天是|刚才是|当时是|[和跟同])(?:了)?)(${PERSON})(?=$|[\\s，。！？,.!?、吧]|的(?:账|卡|余额|名字|钱|预约)|接待|办|有|帮|给|签)`,
  'gu',
);
/** Between two pauses there is nothing but a name. */
const ALONE = new RegExp(`(?<=[，。！？,.!?、])(${SURNAME}(?:(?![${NO_GIVEN}])${HAN}){1,2})(?=[，。！？,.!?、])`, 'gu');
const I_AM = new RegExp(
  `((?:我是|本人是|这里是|我就是))(${PERSON})(?=$|[\\s，。！？,.!?、]|的|本人|想|要|我|${TITLE})`,
  'gu',
);
const TITLED = new RegExp(`(${SURNAME})(${GIVEN})?(?=${TITLE})`, 'gu');
const RECIPIENT = new RegExp(
  `((?:转账?|汇款?|打款?|付款?|还)?[给向])(${PERSON})(?=$|[\\s，。！？,.!?、]|转|汇|打|付|还|的|存|账|${NUMBER})`,
  'gu',
);
/** How a surname's character is told, and "伟大的伟": the last character is one of the two before. */
const TOLD =
  /(?:弓长|木子|耳东|口天|双木|立早|古月|言午|草头|双口|走肖|三横)\p{Script=Han}|(?:\p{Script=Han}(?:就)?是)?(\p{Script=Han})(\p{Script=Han})的(?:\1|\2)(?!\p{Script=Han}的)/gu;

const UNIT =
  '(?:省|自治区|市|区|县|镇|乡|村|街道|大街|大道|[东南西北]段|路|街|道|巷|弄|胡同|里|号院|小区|花园|公寓|家园|庄园|嘉园|名苑|大厦|广场|新村|苑)';
const HOUSE = `(?:(?:${NUMBER}+|[A-Za-z])(?:号楼?|弄|栋|幢|座|单元|室|层|楼|户|区)(?:之${NUMBER})?(?:${NUMBER}{2,7}(?!${NUMBER}|[元块年月号弄栋幢座单室层楼户]))?)`;
/** The houses of a street, of a compound in it, its staircases and doors. */
const HOUSES = `${HOUSE}+(?:(?:(?![我你您他她的了在是到住请想要])${HAN}){2,6}?${HOUSE}+)?`;
const PLACED = new RegExp(
  `(?:(?![我你您他她的了在是到住寄送搬去成为往])${HAN}){1,7}?${UNIT}(?:(?:(?![我你您他她的了是])${HAN}){1,8}?${UNIT})*${HOUSES}|(?:(?![我你您他她的了在是到住寄送搬去成为往])${HAN}){1,5}?(?:省|市)(?:(?![我你您他她的了是])${HAN}){1,6}?(?:区|县|市|镇)(?:(?:(?![我你您他她的了是])${HAN}){1,8}?${UNIT})*`,
  'gu',
);
const LIVES =
  /((?:我|他|她)?(?:家|现在|现|就)?(?:住在|家住|(?<=现在?|父母|爸妈|家人)住|户口在|公司在|单位在|寄去|送到|住址(?:是|为|在)?|(?:家庭|收货|邮寄|联系|单位|新|我的|原来的)?地址(?:是|为|在|改成|变更为|改为|(?=\p{Script=Han}{2,10}[路街区市道]))|寄到|搬到|搬去))((?!国[外内]|外[地面国]|附近|这[里边附]|那[里边]|哪|乡下|农村|学校|宿舍|不|怎么|填|写|错|需要|可以|一起|一样)[^，。！？；,.!?;]{2,40})/gu;
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
export function redactChinese(spoken: string): string {
  const text = withoutSpaces(spoken);
  const bare = text.replace(/[，。！？、\s]/gu, '');
  if (isName(bare)) return text.replace(/[\p{Script=Han}]+/u, '[name]');
  return hideUncuedNames(withCues(text)).replace(NUMBERS, (all) =>
    NO_NUMBERS.has(all) ? all : '#'.repeat(all.length),
  );
}

function withCues(text: string): string {
  return text
    .replace(DATE, '[date]')
    .replace(LIVES, '$1[address]')
    .replace(PLACED, '[address]')
    .replace(TOLD, '[name]')
    .replace(INTRODUCED, (all, cue: string, first: string, rest: string) =>
      NO_NAMES.has(first + rest.slice(0, 1)) || NO_FAMILY_NAME.test(first + rest) ? all : `${cue}[name]`,
    )
    .replace(CUED, (all, cue: string, name: string) => (isWord(name) ? all : `${cue}[name]`))
    .replace(ALONE, (all) => (isWord(all) ? all : '[name]'))
    .replace(ABOUT, (all, cue: string, name: string) => (isWord(name) ? all : `${cue}[name]`))
    .replace(I_AM, (all, cue: string, name: string) => (isWord(name) ? all : `${cue}[name]`))
    .replace(TITLED, (all) => (isWord(all) ? all : '[name]'))
    .replace(RECIPIENT, (all, cue: string, name: string) => (isWord(name) ? all : `${cue}[name]`));
}

/** What follows "name" and "family name" when no name is told. */
const NO_FAMILY_NAME = /^(?:什么|怎么|写|改|错|不|填|一样|不一|名|同|对|啥|有|出|那|这|得|上|号|人|做|车|醒|停|中)/u;

/** Recognizers put spaces between words; Chinese has none. */
const withoutSpaces = (text: string): string =>
  text.replaceAll(
    /(?<=[\p{Script=Han}〇\p{Nd}])\s+(?=[\p{Script=Han}〇\p{Nd}A-Za-z])|(?<=[A-Za-z])\s+(?=[座栋幢区])/gu,
    '',
  );

const isWord = (text: string): boolean => NO_NAMES.has(text.slice(0, 2)) || NO_NAMES.has(text.slice(0, 3));

/** Nothing else is said: a surname and one or two characters. */
const isName = (text: string): boolean => BARE.test(text) && !isWord(text);
