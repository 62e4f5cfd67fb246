import type { CalendarDate } from '../item-language.ts';
import { SCALES } from './number-vocabulary.ts';
import { DIGIT_OF } from './spelled-symbols.ts';

/** Ten, as in 二十七. */
const [TEN = ''] = SCALES;

/** 一九七九年九月二十七号 → 1979927: digits alone, since Chinese months are numbers. */
export function heardDate(text: string): string {
  const digits = Array.from(text.normalize('NFKC'), (character) => DIGIT_OF.get(character) ?? character).join('');
  return digits
    .replaceAll(new RegExp(`(\\d)${TEN}(\\d)`, 'g'), '$1$2')
    .replaceAll(new RegExp(`(\\d)${TEN}`, 'g'), '$10')
    .replaceAll(new RegExp(`${TEN}(\\d)`, 'g'), '1$1')
    .replaceAll(TEN, '10')
    .replaceAll(/\D/g, '');
}

const padded = (value: number): readonly string[] => (value < 10 ? [String(value), `0${value}`] : [String(value)]);

/** How a date may be said; 七九年 leaves the century out. */
export function dateWordings({ year, month, day }: CalendarDate): {
  readonly dayMonth: readonly string[];
  readonly year: readonly string[];
} {
  return {
    dayMonth: padded(month).flatMap((first) => padded(day).map((second) => first + second)),
    year: [String(year), String(year).slice(2)],
  };
}
