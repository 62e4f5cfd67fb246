/** How English speakers ask for a language, by its ISO 639-1 code. */
export const ASKED_IN_ENGLISH: Readonly<Record<string, readonly string[]>> = {
  en: ['english please', 'english', 'in english', 'in english please', 'speak english', 'can we speak english'],
  zh: [
    'chinese please',
    'chinese',
    'in chinese',
    'in chinese please',
    'speak chinese',
    'mandarin please',
    'mandarin',
    'in mandarin',
    'speak mandarin',
  ],
};
