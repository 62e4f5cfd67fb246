import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { grammar } from '../../src/cli/grammar.ts';

const folder = mkdtempSync(join(tmpdir(), 'tellerline-grammar-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
async function run(
  ...args: readonly string[]
): Promise<{ readonly status: number; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const status = await grammar.run({
    arguments: args,
    environment: {},
    print: (line) => lines.push(line),
    signal: new AbortController().signal,
    openLogger: () => {
      throw new Error('nothing is logged');
    },
  });
  return { status, lines };
}
const HEADER = '#ABNF 1.0 UTF-8;\nlanguage en-US;\nroot $a;\n';

test('a sentence and its meaning, by a grammar and one beside it', async () => {
  file('names.gram', '#ABNF 1.0; language en; root $name; $name = ann | bob;');
  const main = file('main.gram', `${HEADER}$a = call $<names.gram>;`);
  expect(await run('parse', main, 'call ann')).toEqual({ status: 0, lines: ['"ann"'] });
  const missed = await run('parse', main, 'call eve');
  expect(missed.status).toBe(1);
  expect(missed.lines.join()).toContain('understood: "call"; what could follow: ann, bob');
});

test('sentences that are not covered, by their lines', async () => {
  const main = file('covered.gram', `${HEADER}$a = yes | no;`);
  const sentences = file('sentences.txt', '# of callers\nyes\n\nmaybe\nno\n');
  const { status, lines } = await run('coverage', main, sentences);
  expect(status).toBe(1);
  expect(lines).toEqual([expect.stringMatching(/^4: not covered: "maybe"/), '2 of 3 sentences covered (66.7 %)']);
});

test('a grammar that refers to a device does not wait for its end', async () => {
  const main = file('device.gram', `${HEADER}$a = $<${'../'.repeat(20)}dev/zero>;`);
  await expect(run('parse', main, 'x')).rejects.toMatchObject({
    code: 'GRAMMAR_INVALID',
    message: expect.stringContaining('expected a grammar file, found no'),
  });
});
