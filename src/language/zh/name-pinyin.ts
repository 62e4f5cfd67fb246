import { pinyin } from 'pinyin-pro';
import { BY_PARTS } from './spelled-symbols.ts';

/*
 * Chinese names as they sound: pinyin without tones, as the recognizer's homophones (张伟, 章威) are one name to the ear.
 */

const PARTS = new RegExp(`(${Object.keys(BY_PARTS).join('|')})(?:的)?`, 'g');
/** A character that is told by its parts or by a word stands for itself: 弓长张, 王是国王的王, 伟大的伟. */
export function withoutExplanations(text: string): string {
  const told = text.replaceAll(PARTS, (_, parts: string) => BY_PARTS[parts] ?? parts);
  const kept: string[] = [];
  const characters = Array.from(told);
  for (let at = 0; at < characters.length; at++) {
    const explained = characters[at + 1] ?? '';
    const word = characters[at] === '的' ? wordWith(explained, kept) : 0;
    if (word === 0) kept.push(characters[at] ?? '');
    else kept.length -= word;
  }
  return kept
    .join('')
    .replaceAll('是', '')
    .replaceAll(/(\p{Script=Han})\1+/gu, '$1');
}

/** Length of the word at the end that has the character in it; 0 when none has. */
const wordWith = (character: string, said: readonly string[]): number =>
  [2, 3, 4].find((length) => said.length >= length && said.slice(-length).includes(character)) ?? 0;

/** 'zhang wei' for 张伟; what is no Chinese stays, in lower case. */
export const namePinyin = (text: string): string =>
  pinyin(withoutExplanations(text), { toneType: 'none', nonZh: 'consecutive', mode: 'surname' })
    .toLowerCase()
    .replaceAll(/[^a-z ]/g, '')
    .trim();

const MERGED: readonly (readonly [RegExp, string])[] = [
  [/zh/g, 'z'],
  [/ch/g, 'c'],
  [/sh/g, 's'],
  [/(?<=^|\s)l/g, 'n'],
  [/ng(?=\s|$)/g, 'n'],
  [/(?<=^|\s)hu(?=[aeiou])/g, 'f'],
  [/\s/g, ''],
];

/** Sounds that many speakers do not tell apart are one: zh and z, n and l, -ng and -n, hu and f. */
export const nameSounds = (text: string): string =>
  MERGED.reduce((sounds, [pattern, by]) => sounds.replaceAll(pattern, by), namePinyin(text));
