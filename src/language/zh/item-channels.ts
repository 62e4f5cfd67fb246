import { assumedRows, type ChannelTable } from '../channel-table.ts';

/* Assumed, not counted: what Mandarin recognizers confuse beyond the homophones that pinyin merges. */

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const LIKE_PINYIN = ['bp', 'dt', 'gk', 'jqx', 'zcs', 'aeo', 'iu', 'nlr', 'mn', 'hf'];
const COSTS = { otherwise: -2.5, insertion: -2, deletion: -2.2, cutOff: -1 };
/** Yī and qī, liù and jiǔ, èr and the syllable that is left of it. */
const DIGITS_ALIKE = ['17', '69', '29', '47'];

const NAMES: ChannelTable = {
  rows: assumedRows({ symbols: LETTERS, alike: LIKE_PINYIN, right: 0.88, confused: 0.06 }),
  ...COSTS,
};

export const CHINESE_CHANNELS = {
  spelling: {
    rows: assumedRows({ symbols: LETTERS + DIGITS, alike: DIGITS_ALIKE, right: 0.88, confused: 0.04 }),
    ...COSTS,
  },
  letters: NAMES,
  sounds: NAMES,
  date: { rows: assumedRows({ symbols: DIGITS, alike: DIGITS_ALIKE, right: 0.92, confused: 0.04 }), ...COSTS },
} as const;
