/* How content or angry the words of a customer are: a small lexicon. 1 is content, −1 angry. */

const CONTENT = ['谢谢', '感谢', '满意', '很好', '太好了', '不错', '高兴', '麻烦您了', '辛苦'];
const CROSS = [
  '投诉',
  '生气',
  '气死',
  '不满',
  '太差',
  '糟糕',
  '垃圾',
  '骗',
  '欺骗',
  '荒唐',
  '不像话',
  '差劲',
  '烦',
  '过分',
  '气愤',
  '举报',
  '失望',
  '什么服务',
];
const WORDS = [...CONTENT.map((word) => [word, 1] as const), ...CROSS.map((word) => [word, -1] as const)].sort(
  ([a], [b]) => b.length - a.length,
);
const NEGATION = /[不没别未]$/;

/** @returns −1…1; undefined: none of the words tells anything */
export function chineseSentiment(text: string): number | undefined {
  let [sum, found] = [0, 0];
  for (let at = 0; at < text.length; ) {
    const hit = WORDS.find(([word]) => text.startsWith(word, at));
    if (hit === undefined) {
      at += 1;
      continue;
    }
    const [word, mark] = hit;
    sum += NEGATION.test(text.slice(0, at)) ? -mark : mark;
    found += 1;
    at += word.length;
  }
  return found === 0 ? undefined : sum / found;
}
