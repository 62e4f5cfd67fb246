import type { ItemLanguage } from '../item-language.ts';
import { dateWordings, heardDate } from './heard-date.ts';
import { CHINESE_CHANNELS } from './item-channels.ts';
import { namePinyin, nameSounds } from './name-pinyin.ts';
import { DIGIT_OF, LETTER_OF } from './spelled-symbols.ts';

const spelling = (text: string): string =>
  Array.from(
    text.normalize('NFKC').toLowerCase(),
    (character) => DIGIT_OF.get(character) ?? LETTER_OF.get(character) ?? character,
  )
    .join('')
    .replaceAll(/[^a-z0-9]/g, '');

export const CHINESE_ITEMS: ItemLanguage = {
  spelling,
  spelledName: nameSounds,
  nameLetters: (text) => namePinyin(text).replaceAll(' ', ''),
  nameSounds,
  date: heardDate,
  dateWordings,
  yearFirst: true,
  familyFirst: true,
  channels: CHINESE_CHANNELS,
};
