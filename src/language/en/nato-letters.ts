/** ITU/ICAO spelling alphabet, and the letters' own names; a letter each. */
export const LETTER_NAMES: ReadonlyMap<string, string> = new Map([
  ...'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu'
    .split(' ')
    .map((name) => [name, (name[0] ?? '').toUpperCase()] as const),
  ...'abcdefghijklmnopqrstuvwxyz'.split('').map((letter) => [letter, letter.toUpperCase()] as const),
  ['alfa', 'A'],
  ['juliett', 'J'],
  ['whisky', 'W'],
  ['x-ray', 'X'],
  ['zed', 'Z'],
  ['zee', 'Z'],
]);
