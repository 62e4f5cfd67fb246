import type { ValueGrammars } from '../heard-values.ts';
import { LETTER_NAMES } from './nato-letters.ts';
import { ONES, TENS } from './number-vocabulary.ts';
import { ordinalWords } from './number-words.ts';
import { NO, TIMES, YES } from './spoken-answers.ts';
import { MONTHS } from './spoken-date.ts';

const any = (words: readonly string[]): string => words.filter((word) => word !== '').join(' | ');

/** Which words English speakers say for values. */
export const ENGLISH_VALUE_GRAMMARS: ValueGrammars = {
  digit: any([...ONES.slice(0, 10), 'oh']),
  times: TIMES,
  before: "it's | it is | (ending | ends) (in | with)",
  shared: `
$unit = ${any(ONES.slice(1, 10))};
$teen = ${any(ONES.slice(10))};
$ty = ${any(TENS)};
$two = $teen | $ty [$unit];
$small = $unit | $two;
$hundreds = ($small | a) hundred [[and] $small];
$below = $small | $hundreds;
$thousands = ($below | a) thousand [[and] $below];
$millions = ($below | a) million [[and] ($thousands | $below)];
$pair = $small ($two | oh $unit);
$whole = zero | $below | $thousands | $millions;
$cipher = zero | oh | $unit;
$amount = $whole | $pair | [$whole] point $cipher<1-9>;
$nth = ${any(Array.from({ length: 31 }, (_, n) => ordinalWords(n + 1).join(' ')))};
$month = ${any(MONTHS.map((month) => month.toLowerCase()))};
$year = $pair | $thousands | $two hundred;
$span = ($small | a | an) $length [and a half] | $small and a half $length | half (a | an) $length;
$length = second | seconds | minute | minutes | hour | hours | day | days | week | weeks;
$half = a m | p m | am | pm | in the (morning | afternoon | evening) | at night;
$letter = ${any([...LETTER_NAMES.keys()])};`,
  values: {
    boolean: any([...YES, ...NO]),
    number: '[minus | negative] $amount',
    currency:
      '$amount | $amount ([us] (dollar | dollars) | buck | bucks | euro | euros | (pound | pounds) [sterling] | quid | yuan | renminbi | rmb) [[and] $small [cent | cents | pence | p | fen]] | $small (cent | cents | pence | p)',
    date: '(yesterday | today | tomorrow | [the] day after tomorrow | [on] [next | this] (sunday | monday | tuesday | wednesday | thursday | friday | saturday)) [morning | afternoon | evening | night] | $month [[the] $nth | $small] [$year] | [the] ($nth | $small) [of] $month [$year] | the $nth',
    time: "[at] (noon | midday | midnight) | [at] ($small [o'clock] | $pair | $small hundred [hours] | (a quarter | quarter | half | $small [minute | minutes]) (past | after | to | before) $small) [$half]",
    phone: '[plus] $digits [(extension | ext) $digits]',
    duration: '$span [[and] $span [[and] $span]]',
    spelled: '($letter | $digits)<1-24>',
  },
};
