/* How content or angry the words of a customer are: a small lexicon. 1 is content, −1 angry. */

const CONTENT = [
  'thank',
  'thanks',
  'great',
  'good',
  'perfect',
  'excellent',
  'wonderful',
  'happy',
  'pleased',
  'nice',
  'helpful',
  'glad',
  'appreciate',
  'love',
];
const CROSS = [
  'angry',
  'annoyed',
  'annoying',
  'terrible',
  'awful',
  'horrible',
  'ridiculous',
  'unacceptable',
  'useless',
  'worst',
  'bad',
  'wrong',
  'hate',
  'furious',
  'upset',
  'complain',
  'complaint',
  'disgusting',
  'stupid',
  'nonsense',
  'scam',
  'cheated',
  'outrageous',
  'disappointed',
  'frustrated',
  'frustrating',
  'fed',
];
const MARKED = new Map([...CONTENT.map((word) => [word, 1] as const), ...CROSS.map((word) => [word, -1] as const)]);
const NEGATION = new Set(['not', 'no', 'never', "isn't", "don't", "wasn't", "can't", 'hardly']);
/** A negation reaches over so many words. */
const REACH = 3;

/** @returns −1…1; undefined: none of the words tells anything */
export function englishSentiment(text: string): number | undefined {
  const words = text.toLowerCase().match(/[a-z']+/g) ?? [];
  let [sum, found] = [0, 0];
  for (const [n, word] of words.entries()) {
    const mark = MARKED.get(word);
    if (mark === undefined) continue;
    const negated = words.slice(Math.max(0, n - REACH), n).some((before) => NEGATION.has(before));
    sum += negated ? -mark : mark;
    found += 1;
  }
  return found === 0 ? undefined : sum / found;
}
