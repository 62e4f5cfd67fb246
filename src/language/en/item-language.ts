import type { ItemLanguage } from '../item-language.ts';
import { dateWordings, heardDate } from './heard-date.ts';
import { heardSpelling } from './heard-spelling.ts';
import { ENGLISH_CHANNELS } from './item-channels.ts';
import { nameSounds } from './name-sounds.ts';

const letters = (text: string): string =>
  text
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '');

export const ENGLISH_ITEMS: ItemLanguage = {
  spelling: heardSpelling,
  spelledName: (text) => heardSpelling(text, true).replaceAll(/\d/g, ''),
  nameLetters: letters,
  nameSounds,
  date: heardDate,
  dateWordings,
  yearFirst: false,
  familyFirst: false,
  channels: ENGLISH_CHANNELS,
};
