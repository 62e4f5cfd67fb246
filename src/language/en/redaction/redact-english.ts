import { hideAddresses } from './addresses.ts';
import { hideNames } from './names.ts';
import { hideDates, hideNumbers } from './numbers-and-dates.ts';
import { hideSpellings } from './spellings.ts';
import { render, tokensOf } from './tokens.ts';

/** Written, and as people say it: "k smith at example dot com". */
const EMAIL =
  /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+|(?:\S+\s+){1,4}at\s+\S+\s+(?:dot|\.)\s+(?:com|co|uk|net|org|eu|de|edu|gov|cn)\b(?:\s+dot\s+\w{2,3}\b)?/giu;

/** English text without names, addresses, numbers, dates that name a day, and e-mail addresses. */
export function redactEnglish(text: string): string {
  let shown = '';
  let at = 0;
  for (const { 0: email, index } of text.matchAll(EMAIL)) {
    shown += `${redactPart(text.slice(at, index))}[email]`;
    at = index + email.length;
  }
  return shown + redactPart(text.slice(at));
}

function redactPart(text: string): string {
  const tokens = tokensOf(text);
  hideDates(text, tokens);
  hideSpellings(text, tokens);
  hideAddresses(text, tokens);
  hideNames(text, tokens);
  hideNumbers(tokens);
  return render(text, tokens);
}
