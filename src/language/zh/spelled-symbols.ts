import { DIGITS, OTHER_DIGITS } from './number-vocabulary.ts';

/** Characters of names that are told by their parts: 弓长张 is 张. */
export const BY_PARTS: Readonly<Record<string, string>> = {
  弓长: '张',
  立早: '章',
  木子: '李',
  双木: '林',
  古月: '胡',
  口天: '吴',
  耳东: '陈',
  双人徐: '徐',
  言午: '许',
  草头黄: '黄',
  文武刀: '刘',
  三横王: '王',
  大肚黄: '黄',
  走肖: '赵',
  十口: '叶',
  水工: '江',
  禾呈: '程',
};

/** Said for one digit where numbers are read one by one. */
export const DIGIT_OF: ReadonlyMap<string, string> = new Map([
  ...DIGITS.map((character, digit) => [character, String(digit)] as const),
  ...OTHER_DIGITS.map(([character, digit]) => [character, String(digit)] as const),
  ['洞', '0'],
  ['腰', '1'],
  ['拐', '7'],
  ['勾', '9'],
]);

/** Latin letters as they are said in Chinese, where recognizers write characters. */
export const LETTER_OF: ReadonlyMap<string, string> = new Map([
  ['诶', 'a'],
  ['比', 'b'],
  ['西', 'c'],
  ['迪', 'd'],
  ['伊', 'e'],
  ['吉', 'g'],
  ['哎', 'i'],
]);
