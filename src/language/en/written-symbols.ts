const WEB =
  /\b(?:https?:\/\/)?(?:[\w-]{1,63}\.){1,5}(?:com|org|net|edu|gov|io|co|uk|eu|de|cn|us|bank|info)\b(?:\.[a-z]{2}\b)?(?:\/[\w./-]{0,200}\w)?/giu;
const MAIL = /\b([\w.+-]{1,64})@((?:[\w-]{1,63}\.){1,5}[a-z]{2,24})\b/giu;

/** Between words and alone. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/&/g, ' and '],
  [/@/g, ' at '],
  [/\+/g, ' plus '],
  [/%/g, ' percent '],
  [/(?<=\S\s?)=(?=\s?\S)/g, ' equals '],
  [/°/g, ' degrees '],
  [/~(?=\s?\p{L})/gu, ' about '],
  [/\$/g, ' dollars '],
  [/€/g, ' euros '],
  [/£/g, ' pounds '],
  [/\|/g, ', '],
];
const SILENT = /[_\\^<>=~§©®™•¶†‡`{}*#]/g;

/** Symbols in words, and what is written for the eye alone left out. Keys of a telephone: # is "pound", or "hash"; * is "star". */
export function wordSymbols(text: string, american: boolean): string {
  const addresses = text
    .replace(MAIL, (_, name: string, host: string) => `${dotted(name)} at ${dotted(host)}`)
    .replace(WEB, (address) => dotted(address.replace(/^https?:\/\//i, '').replace(/^www\b/i, 'W W W')));
  const keys = addresses
    .replace(/#(?=\s?\p{L})/gu, 'number ')
    .replace(/(?<![\p{L}*#])#(?![*#\p{L}])/gu, american ? 'pound' : 'hash')
    .replace(/(?<![\p{L}*#])\*(?![*#\p{L}])/gu, 'star');
  return WORDS.reduce((written, [symbol, word]) => written.replace(symbol, word), keys).replace(SILENT, ' ');
}

const dotted = (address: string): string =>
  address.replaceAll('.', ' dot ').replaceAll('/', ' slash ').replaceAll('-', ' dash ');
