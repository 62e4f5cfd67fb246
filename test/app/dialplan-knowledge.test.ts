import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dialplanKnowledge } from '../../src/app/dialplan-knowledge.ts';
import { loadDialplan } from '../../src/dialogue/load-dialplan.ts';
import { BUILT_IN_SERVICES } from '../../src/services/open-services.ts';

const root = join(import.meta.dirname, '../..');

test('what a customer says brings the answers that the dialplan gives, best first; small talk brings none', async () => {
  const dialogue = await loadDialplan(join(root, 'dialplans/bank-hotline.yaml'), {
    grammarsDirectory: join(root, 'grammars'),
    services: BUILT_IN_SERVICES,
  });
  const knowledge = dialplanKnowledge([dialogue]);
  const [hours] = knowledge.suggest('When are you open on Saturday?', 3);
  expect(hours).toEqual({
    id: 'bank-hotline/opening-hours',
    title: 'Do you want to know our opening hours?',
    text: 'Our branches are open Monday to Friday, from nine in the morning to five in the afternoon, and on Saturday from nine to twelve.',
    language: 'en-US',
  });
  expect(knowledge.suggest('what is the interest rate of a savings account', 3)[0]?.id).toBe(
    'bank-hotline/interest-rate',
  );
  expect(knowledge.suggest('thank you very much', 3)).toEqual([]);
  expect(knowledge.suggest('card abroad fee interest limit branch hours', 2)).toHaveLength(2);
  // the balance is said by values: it is nobody's answer
  expect(dialogue.answers.some(({ text }) => text.includes('balance is'))).toBe(false);
});
