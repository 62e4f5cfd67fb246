import { DOUBLE_SURNAMES, NO_NAMES, SURNAMES } from './surnames.ts';

/** Characters that given names are commonly made of. */
const GIVEN: ReadonlySet<string> = new Set(
  '伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂红玉萍鹏华建国文辉力云凤梅玲燕波斌宇浩凯健俊帆帅旭宁龙林欢畅琴晶瑜楠岩淑珍荣花金雪琳婷慧欣倩雨佳嘉怡晨阳博雷鑫坤彬志新成东飞峰亮海洁莉丹璐莹颖蕾薇倪思诗涵梓轩浩然子涵宸睿泽昊天翔宏伦栋维启德福贵祥瑞庆喜财富根旺顺利兴春夏秋冬松柏柳柱生才良贤义仁礼智信忠孝廉爱莲菊香彩巧月星辰瑶琪琦珊瑾璇妍媛婕娇娥婉晓小冰清芝茜芸菲蓉蓓馨悦悠悠然若曦彤彦哲楷棋森桐炜煜炎焱烨振邦卫民胜利长远毅恒立正方圆兵虎'.split(
    '',
  ),
);
/** Surnames that are said as words of their own far more often. */
const RATHER_WORDS: ReadonlySet<string> = new Set(
  '和那向于时成应车钱单关满包常全都干支过从能要有是在水和国经容原管利计班文'.split(''),
);
/** Between a number and a thing 张 counts sheets and cards. */
const COUNTS = /[\p{Nd}零〇一二两三四五六七八九十几这那每哪某半多整]$/u;
const DOUBLE = new Set(DOUBLE_SURNAMES.split('|'));

const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });

/**
 * Hides names that nothing announces. Names are in no dictionary, so that a segmentation into words leaves their characters
 * alone: a surname, then one or two characters of given names.
 */
export function hideUncuedNames(text: string): string {
  const parts = [...segmenter.segment(text)].map(({ segment }) => segment);
  let shown = '';
  for (let at = 0; at < parts.length; ) {
    const length = nameAt(parts, at, shown);
    shown += length === 0 ? (parts[at] ?? '') : '[name]';
    at += Math.max(1, length);
  }
  return shown;
}

/** How many segments from there are a name; 0: none. */
function nameAt(parts: readonly string[], index: number, before: string): number {
  const first = parts[index] ?? '';
  const second = parts[index + 1] ?? '';
  const third = parts[index + 2] ?? '';
  // 马兰 英: the dictionary took the surname and half of the given name for a word
  if (first.length === 2 && isSurname(first.charAt(0)) && !NO_NAMES.has(first) && isGiven(first.charAt(1)))
    return second.length === 1 && isGiven(second) ? 2 : 0;
  if (!isSurname(first) || (first === '张' && COUNTS.test(before))) return 0;
  if (second.length === 2) return isGiven(second) && isOfNames(second) ? 2 : 0;
  if (second.length !== 1 || !isGiven(second) || NO_NAMES.has(first + second)) return 0;
  return third.length === 1 && isGiven(third) ? 3 : 2;
}

const isSurname = (text: string): boolean =>
  DOUBLE.has(text) || (text.length === 1 && SURNAMES.has(text) && !RATHER_WORDS.has(text));
const isGiven = (text: string): boolean => text !== '' && Array.from(text).every((character) => GIVEN.has(character));
/** 丽丽, 淑珍: words of a dictionary because people are called so; other words of such characters are ordinary (金融 is none). */
const isOfNames = (text: string): boolean => text.charAt(0) === text.charAt(1) || !NO_NAMES.has(text);
