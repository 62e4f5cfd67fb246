import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bankHotline } from './support/bank-hotline.ts';

/* What customers say in Chinese, in their own words: grammars and keywords understand, nothing is learnt. */

const sentences = readFileSync('test/understanding/natural-wording-zh.tsv', 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t') as [wanted: string, text: string]);

const [begun] = bankHotline.start({ contact: 'contact-1', caller: '+15550100' });
const [greeted] = bankHotline.step(begun, { type: 'prompts-finished' });
const [asked] = bankHotline.step(greeted, { type: 'prompts-finished' });
const [inChinese] = bankHotline.step(asked, { type: 'other-language', language: 'zh' });

function madeOf(text: string): { readonly name: string | undefined; readonly how: 'taken' | 'asked' | 'none' } {
  const heard = bankHotline.interpret(inChinese, [{ words: [text], confidence: 0.95, free: true }]);
  const meaning = heard[0]?.interpretations[0]?.meaning;
  const name = meaning?.['intent'] ?? meaning?.['command'];
  const [after] = bankHotline.step(inChinese, { type: 'said', heard });
  const { state, confirming } = bankHotline.place(after);
  const how = confirming ? 'asked' : name === undefined || (state === 'main' && name !== 'repeat') ? 'none' : 'taken';
  return { name, how };
}

test('customers are understood in Chinese, in their own words', () => {
  expect(bankHotline.place(inChinese)).toMatchObject({ language: 'zh-CN', state: 'main' });
  const counted = { inScope: 0, right: 0, wrongAtOnce: 0, outOfScope: 0, accepted: 0 };
  for (const [wanted, text] of sentences) {
    const { name, how } = madeOf(text);
    if (wanted === 'oos') {
      counted.outOfScope++;
      if (how !== 'none') counted.accepted++;
    } else {
      counted.inScope++;
      if (how !== 'none' && name === wanted) counted.right++;
      if (how === 'taken' && name !== wanted) counted.wrongAtOnce++;
    }
  }
  expect(counted.inScope).toBeGreaterThanOrEqual(190);
  expect(counted.right / counted.inScope).toBeGreaterThanOrEqual(0.95);
  expect(counted.wrongAtOnce / counted.inScope).toBeLessThanOrEqual(0.02);
  expect(counted.accepted / counted.outOfScope).toBeLessThanOrEqual(0.03);
});
