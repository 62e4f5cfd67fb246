import { heardBelowHundred } from './heard-number.ts';

const SECONDS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3_600,
  day: 86_400,
  week: 604_800,
};
const SPAN =
  /^(?:half an? (\w+?)s?|(an?|.+?) and a half (\w+?)s?|(an?|.+?) (second|minute|hour|day|week)s?( and a half)?)$/;

/** "an hour and a half", "two hours and thirty minutes": whole seconds; undefined: none. */
export function heardDuration(words: readonly string[]): number | undefined {
  const spans = spansOf(words.filter((word) => word !== ''));
  if (spans === undefined || spans.length === 0) return undefined;
  let sum = 0;
  let before = Number.POSITIVE_INFINITY;
  for (const span of spans) {
    const found = spanOf(span);
    if (found === undefined || found.unit >= before) return undefined;
    before = found.unit;
    sum += found.seconds;
  }
  return sum > 0 ? sum : undefined;
}

/** Each ends with its unit, and perhaps "and a half". */
function spansOf(words: readonly string[]): readonly string[] | undefined {
  const spans: string[] = [];
  let from = 0;
  for (let at = 0; at < words.length; at++) {
    if (SECONDS[(words[at] ?? '').replace(/s$/, '')] === undefined) continue;
    const half = words.slice(at + 1, at + 4).join(' ') === 'and a half';
    const end = half ? at + 4 : at + 1;
    spans.push(words.slice(from, end).join(' '));
    at = end - 1;
    from = words[end] === 'and' ? end + 1 : end;
  }
  return from >= words.length ? spans : undefined;
}

function spanOf(span: string): { readonly unit: number; readonly seconds: number } | undefined {
  const [, halfOf, wholes, halved, many, name, more] = SPAN.exec(span) ?? [];
  const unit = SECONDS[halfOf ?? halved ?? name ?? ''];
  if (unit === undefined) return undefined;
  if (halfOf !== undefined) return unit < 60 ? undefined : { unit, seconds: unit / 2 };
  const said = wholes ?? many ?? '';
  const count = said === 'a' || said === 'an' ? 1 : heardBelowHundred(said.split(/[\s-]+/));
  if (count === undefined) return undefined;
  const half = halved !== undefined || more !== undefined;
  return half && unit < 60 ? undefined : { unit, seconds: count * unit + (half ? unit / 2 : 0) };
}
