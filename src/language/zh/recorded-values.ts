/* The pieces of numbers, amounts, dates and times, for whoever records them ahead. */

const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, n) => n + 1);
const DIGITS = Array.from('零一二三四五六七八九');
/** 1…99 as it is said within a number. */
function below100(n: number): string {
  const [tens, ones] = [Math.floor(n / 10), n % 10];
  return `${tens === 0 ? '' : `${tens === 1 ? '' : (DIGITS[tens] ?? '')}十`}${ones === 0 ? '' : (DIGITS[ones] ?? '')}`;
}

/** The pieces of numbers, amounts, dates and times in Mandarin. */
export const PIECES_OF_VALUES: readonly string[] = [
  ...DIGITS,
  ...Array.from('〇幺两十百千万亿点半整负'),
  ...upTo(99)
    .filter((n) => n > 9)
    .map(below100),
  // within a number 10…19 has its one
  ...upTo(9).map((ones) => `一十${DIGITS[ones] ?? ''}`),
  '一十',
  ...['百', '千', '万'].flatMap((unit) => [...upTo(9).map((n) => `${DIGITS[n] ?? ''}${unit}`), `两${unit}`]),
  ...'元 角 分 块 毛 美元 美分 欧元 欧分 英镑 便士 港元 日元 人民币'.split(' '),
  ...'年 月 日 号 星期一 星期二 星期三 星期四 星期五 星期六 星期日 今天 明天 后天 昨天'.split(' '),
  ...'凌晨 上午 中午 下午 晚上 小时 分钟 秒 天 刻 百分之 支出 收入 是 不是 您听到的是'.split(' '),
];
