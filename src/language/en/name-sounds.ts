/*
 * English names as they sound, in a code of one letter a sound: what is written in several ways is coded in one (Katy, Katie; Philip, Fillip).
 * A metaphone in spirit that keeps vowels, since the telephone keeps them best.
 */

const RULES: readonly (readonly [RegExp, string])[] = [
  [/[^a-z]/g, ''],
  [/^(?:kn|gn|pn)/, 'n'],
  [/^wr/, 'r'],
  [/^wh/, 'w'],
  [/^rh/, 'r'],
  [/^x/, 's'],
  [/ph/g, 'f'],
  [/augh|ough/g, 'o'],
  [/igh/g, 'y'],
  [/eigh|ei(?=l)|ay|ey(?=.)|ai|ae/g, 'A'],
  [/eigh$|ey$|ie$|ee$|ea$|y$|i$/g, 'E'],
  [/ck|cq/g, 'k'],
  [/sch/g, 'sk'],
  [/tch|ch/g, 'C'],
  [/sh|ti(?=on)|ci(?=a)/g, 'S'],
  [/th/g, 'T'],
  [/dge?|dj/g, 'd'],
  [/c(?=[eiyE])/g, 's'],
  [/[cq]u?/g, 'k'],
  [/x/g, 'ks'],
  [/gh/g, 'g'],
  [/g(?=[eiyE])/g, 'j'],
  [/z/g, 's'],
  [/v/g, 'f'],
  [/w(?=[^aeiouyAE]|$)/g, ''],
  [/h(?=[^aeiouyAE]|$)/g, ''],
  [/ee|ea|ie|ei/g, 'E'],
  [/oo|ou|ue|ew|u/g, 'u'],
  [/oa|oe|ow|au|aw/g, 'o'],
  [/(?<=.)e$/g, ''],
  [/(?<=[^aeiouyAE])es?$/g, 's'],
  [/(.)\1+/g, '$1'],
  [/y/g, 'i'],
];

/** 'Leigh' → 'lA' and the like. Empty for what has no letters. */
export const nameSounds = (name: string): string =>
  name
    .toLowerCase()
    .normalize('NFD')
    .split(/[\s-]+/)
    .map((word) => RULES.reduce((code, [pattern, by]) => code.replace(pattern, by), word))
    .join('');
