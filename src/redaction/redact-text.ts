import { CHINESE_PASSAGES } from '../language/zh/redaction/chinese-passages.ts';
import { redactChinese } from '../language/zh/redaction/redact-chinese.ts';
import { redactEnglish } from '../language/en/redaction/redact-english.ts';

/**
 * What a caller said, as it may be shown: `[name]`, `[address]`, `[date]`, `[email]` stand for what is hidden, a '#' for each
 * digit and number word; ordinary words stay. Each part of the text is read by the rules of its script.
 */
export function redactText(text: string): string {
  let shown = '';
  let at = 0;
  for (const { 0: chinese, index } of text.matchAll(CHINESE_PASSAGES)) {
    shown += redactEnglish(text.slice(at, index)) + redactChinese(chinese);
    at = index + chinese.length;
  }
  return shown + redactEnglish(text.slice(at));
}
