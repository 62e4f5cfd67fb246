import type { Assumed } from '../channel-table.ts';
import { SOUND_ALIKE } from './spelled-symbols.ts';

/* What is assumed of each English channel before anything was counted; `scripts/fit-identity.mjs` counts on top of it. */

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';

/** @public of scripts/fit-identity.mjs */
export const ASSUMED_ENGLISH: Readonly<Record<'spelling' | 'letters' | 'sounds' | 'date', Assumed>> = {
  spelling: { symbols: LETTERS + DIGITS, alike: SOUND_ALIKE, right: 0.85, confused: 0.1 },
  letters: { symbols: LETTERS, alike: ['aeiouy', 'sz', 'ck', 'fv', 'mn', 'bp', 'dt'], right: 0.88, confused: 0.06 },
  sounds: {
    symbols: `${LETTERS}ACETS`,
    alike: ['aeiouAEi', 'sf', 'mn', 'bp', 'td', 'TfS', 'SCj', 'kg', 'lr'],
    right: 0.85,
    confused: 0.08,
  },
  date: { symbols: `${DIGITS}ABCDEFGHIJKL`, alike: ['59', '03', '12', '34'], right: 0.9, confused: 0.02 },
};

export const ENGLISH_COSTS = {
  spelling: { otherwise: -2.5, insertion: -2, deletion: -2.5, cutOff: -1 },
  letters: { otherwise: -2.5, insertion: -2, deletion: -2, cutOff: -1 },
  sounds: { otherwise: -2.5, insertion: -2, deletion: -2, cutOff: -1 },
  date: { otherwise: -2.5, insertion: -2, deletion: -2.5, cutOff: -1.2 },
};
