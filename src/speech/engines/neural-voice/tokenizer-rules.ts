import { escapeForRegExp } from './word-shapes.ts';

/* Where English words end and begin: spaCy's rules (MIT), as far as spelled-out text needs them. */

const LETTER = '\\p{L}';
const LOWER = 'a-zß-öø-ÿ';
const UPPER = 'A-ZÀ-ÖØ-Þ';
const QUOTES = Array.from('\'"”“`‘´’‚,„»«', escapeForRegExp);
const PUNCTUATION = Array.from('…,:;!?¿¡()[]{}<>_#*&', escapeForRegExp);
const DOTS = ['\\.\\.+', '…'];

const any = (parts: readonly string[], around: (part: string) => string): RegExp =>
  new RegExp(parts.map((part) => `(?:${around(part)})`).join('|'), 'u');

const PREFIXES = ['=', '—', '–', '\\+', ...PUNCTUATION, ...DOTS, ...QUOTES];
const SUFFIXES = [
  ...PUNCTUATION,
  ...DOTS,
  ...QUOTES,
  "'s",
  "'S",
  '’s',
  '’S',
  '—',
  '–',
  `(?<=[${LOWER}\\-\\+${PUNCTUATION.join('')}${QUOTES.join('')}])\\.`,
  `(?<=[${UPPER}][${UPPER}])\\.`,
];
const INFIXES = [
  ...DOTS,
  `(?<=[${LOWER}${QUOTES.join('')}])\\.(?=[${UPPER}${QUOTES.join('')}])`,
  `(?<=${LETTER}),(?=${LETTER})`,
  `(?<=${LETTER})(?:-|–|—|--|---|——|~)(?=${LETTER})`,
  `(?<=${LETTER})[:<>=/](?=${LETTER})`,
];

/** At the beginning of a word. */
export const PREFIX = any(PREFIXES, (part) => `^(?:${part})`);
/** At its end. */
export const SUFFIX = any(SUFFIXES, (part) => `(?:${part})$`);
/** Between its parts. */
export const INFIX = new RegExp(INFIXES.map((part) => `(?:${part})`).join('|'), 'gu');
