/** How many digits there may be. */
export interface Lengths {
  readonly min: number;
  /** Undefined: any number. */
  readonly max?: number;
}

/** Longer than any account or card number. */
const MOST_DIGITS = 40;

/** `length`, or `minlength` and `maxlength` (VoiceXML 2.0, appendix P). @returns what was expected, when it is not that */
export function lengthsOf(parameters: ReadonlyMap<string, string>): Lengths | string {
  const numbers = ['length', 'minlength', 'maxlength'].map((key) => {
    const text = parameters.get(key);
    return text === undefined ? undefined : /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  });
  const [length, least, most] = numbers;
  const min = length ?? least ?? 1;
  const max = length ?? most;
  const valid = min >= 1 && min <= MOST_DIGITS && (max === undefined || (max >= min && max <= MOST_DIGITS));
  const twice = length !== undefined && (least !== undefined || most !== undefined);
  if (!valid || twice) return `length, or minlength ≤ maxlength, from 1 to ${MOST_DIGITS}`;
  return max === undefined ? { min } : { min, max };
}

/**
 * `$value` and the rules below it: a string of digits of those lengths, where "double five" is two. A rule for each number of
 * digits that are missing, so that a recognizer hears how many there are.
 *
 * @param item - what may be repeated, a rule
 */
export function digitString(
  { min, max }: Lengths,
  times: readonly (readonly [words: string, count: number])[],
  before: string,
  item = '$digit',
): string {
  const steps: readonly (readonly [words: string, count: number])[] = [['', 1], ...times];
  const rules: string[] = [];
  const most = max ?? min;
  for (let left = 1; left <= most; left++)
    rules.push(
      `$d${left} = ${steps
        .filter(([, count]) => count <= left || max === undefined)
        .map(([words, count]) => `${words} ${item} ${left <= count ? '' : `$d${left - count}`}`)
        .join(' | ')};`,
    );
  const whole = Array.from({ length: most - min + 1 }, (_, n) => `$d${min + n}`).join(' | ');
  return `public $value = [${before}] (${whole})${max === undefined ? ' [$digits]' : ''};\n${rules.join('\n')}`;
}
