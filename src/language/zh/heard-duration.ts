import { heardInteger } from './heard-number.ts';

const SECONDS: readonly (readonly [name: string, seconds: number])[] = [
  ['秒', 1],
  ['分', 60],
  ['刻', 900],
  ['小时', 3_600],
  ['钟头', 3_600],
  ['天', 86_400],
  ['日', 86_400],
  ['周', 604_800],
  ['星期', 604_800],
  ['礼拜', 604_800],
];
const SPAN = /^零?(半|.{1,5}?)(个)?(半)?(秒|分|刻|小时|钟头|天|日|周|星期|礼拜)(半)?(?:钟)?/;

/** 两个半小时, 一个小时三十分钟, 半天: whole seconds; undefined: none. */
export function heardDuration(text: string): number | undefined {
  let rest = text;
  let sum = 0;
  let before = Number.POSITIVE_INFINITY;
  while (rest !== '') {
    const [span = '', many = '', , half, name, behind] = SPAN.exec(rest) ?? [];
    const unit = SECONDS.find(([known]) => known === name)?.[1];
    if (span === '' || unit === undefined || unit >= before) return undefined;
    const halves = many === '半' || half !== undefined || behind !== undefined;
    const count = many === '半' ? 0 : heardInteger(many);
    if (count === undefined || (halves && unit < 3_600)) return undefined;
    sum += count * unit + (halves ? unit / 2 : 0);
    before = unit;
    rest = rest.slice(span.length);
  }
  return sum > 0 ? sum : undefined;
}
