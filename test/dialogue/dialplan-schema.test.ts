import { expect, test } from 'vitest';
import { dialplanSchemaText } from '../../src/dialogue/dialplan/dialplan-schema.ts';

test('the schema that editors use is the one that files are checked by (update: vitest run -u)', async () => {
  await expect(dialplanSchemaText()).toMatchFileSnapshot('../../dialplans/dialplan.schema.json');
});
