import { pinyin } from 'pinyin-pro';

/* Characters as they sound: in Mandarin that is written down freely homophones are the rule. */

const HAN = /^\p{Script=Han}$/u;
/** Sounds that many speakers, and recognizers on the telephone, do not tell apart: zh and z, ch and c, sh and s, n and l, h and f, -ng and -n. */
const MERGED: readonly (readonly [RegExp, string])[] = [
  [/^zh/, 'z'],
  [/^ch/, 'c'],
  [/^sh/, 's'],
  [/^l/, 'n'],
  [/^hu(?=[aeiou])/, 'f'],
  [/ng$/, 'n'],
];

const known = new Map<string, string>();
/** Characters that people use, and then some. */
const MOST_KNOWN = 20_000;

/** The pinyin of a character without its tone, sounds that are easily confused as one; undefined: it is no Chinese character. */
export function soundOf(character: string): string | undefined {
  if (!HAN.test(character)) return undefined;
  const before = known.get(character);
  if (before !== undefined) return before;
  const syllable = pinyin(character, { toneType: 'none' }).toLowerCase();
  const sound = MERGED.reduce((merged, [pattern, by]) => merged.replace(pattern, by), syllable);
  if (known.size < MOST_KNOWN) known.set(character, sound);
  return sound;
}
