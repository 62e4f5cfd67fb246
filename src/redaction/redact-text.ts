import { redactChinese } from './chinese/redact-chinese.ts';
import { redactEnglish } from './english/redact-english.ts';

/** Chinese characters, with the digits and the punctuation among them. */
const CHINESE =
  /[\p{Nd}\s.-]*[\p{Script=Han}〇](?:[\p{Script=Han}〇\p{Nd}\s，。、！？：；·（）.-]|[A-Za-z](?=\s?[座栋幢区]))*/gu;

/**
 * What a caller said, as it may be shown: `[name]`, `[address]`, `[date]`, `[email]` stand for what is hidden, a '#' for each
 * digit and number word; ordinary words stay. Each part of the text is read by the rules of its script.
 */
export function redactText(text: string): string {
  let shown = '';
  let at = 0;
  for (const { 0: chinese, index } of text.matchAll(CHINESE)) {
    shown += redactEnglish(text.slice(at, index)) + redactChinese(chinese);
    at = index + chinese.length;
  }
  return shown + redactEnglish(text.slice(at));
}
