import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Dialogue } from '../../src/dialogue/dialogue.ts';
import { loadDialplan } from '../../src/dialogue/load-dialplan.ts';
import { openDialogue } from '../../src/dialogue/open-dialogue.ts';
import { SERVICES } from './support/bank-hotline.ts';
import { smallGrammars, smallPlan, SMALL_SERVICES } from './support/small-plan.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'dialplan-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('reads the shipped dialplan and its grammars', async () => {
  const dialogue = await loadDialplan('dialplans/bank-hotline.yaml', {
    grammarsDirectory: 'grammars',
    services: SERVICES,
  });
  expect(dialogue).toMatchObject({ name: 'bank-hotline', version: 2, language: 'en-US', maximumCallMs: 900_000 });
  expect(dialogue.staticPrompts.every(({ kind }) => kind === 'static')).toBe(true);
});

test.each(['holding', 'interrupting', 'talking'])('reads the dialplan %s of the benchmarks', async (name) => {
  const options = { grammarsDirectory: 'grammars', services: SERVICES };
  await expect(loadDialplan(`bench/dialplans/${name}.yaml`, options)).resolves.toMatchObject({ name });
});

test('words for trouble of ours are the dialplan’s, or English', async () => {
  const words = { disturbed: 'A.', 'not-recorded': 'B.', 'recording-lost': 'C.', 'line-lost': 'D.', goodbye: 'E.' };
  const written = Object.entries(words).map(([key, text]) => `\n  ${key}: ${text}`);
  const dialogue = openDialogue(
    'small.yaml',
    smallPlan([['trouble:', `trouble:${written.join('')}`]]),
    smallGrammars,
    SMALL_SERVICES,
  );
  const told = ({ disturbed, notRecorded, recordingLost, lineLost }: Dialogue) =>
    [disturbed, notRecorded, recordingLost, lineLost].map(({ text }) => text);
  expect(told(dialogue)).toEqual(['A.', 'B.', 'C.', 'D.']);
  expect(dialogue.staticPrompts.map(({ text }) => text)).toEqual(expect.arrayContaining(Object.values(words)));
  expect(told(openDialogue('small.yaml', smallPlan(), smallGrammars, SMALL_SERVICES))[3]).toBe(
    'Sorry, the line has failed. Goodbye.',
  );
});

test('says which file it could not read', async () => {
  const grammarsDirectory = folder();
  const path = join(grammarsDirectory, 'small.yaml');
  const load = (options = { grammarsDirectory, services: SMALL_SERVICES }) => loadDialplan(path, options);
  await expect(load()).rejects.toMatchObject({
    code: 'DIALPLAN_INVALID',
    message: `${path}: expected a readable dialplan, found ENOENT (dialplan.file)`,
  });
  writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00]));
  await expect(load()).rejects.toMatchObject({
    code: 'DIALPLAN_INVALID',
    message: expect.stringContaining('a readable dialplan in UTF-8'),
  });
  writeFileSync(path, smallPlan());
  await expect(load()).rejects.toMatchObject({
    code: 'DIALPLAN_INVALID',
    message: `${path}:17:12: expected a grammar file, found no 'commands.abnf'`,
  });
  writeFileSync(join(grammarsDirectory, 'commands.abnf'), smallGrammars('commands.abnf') ?? '');
  await expect(load()).resolves.toMatchObject({ name: 'small' });
  await expect(load({ grammarsDirectory: join(grammarsDirectory, 'none'), services: [] })).rejects.toMatchObject({
    code: 'GRAMMAR_INVALID',
    message: `${join(grammarsDirectory, 'none')}: expected a readable folder of grammars, found ENOENT (dialplan.grammars)`,
  });
  await expect(loadDialplan('nowhere.yaml', { grammarsDirectory, services: [] })).rejects.toMatchObject({
    message: `${resolve('nowhere.yaml')}: expected a readable dialplan, found ENOENT (dialplan.file; the path is relative to ${process.cwd()}, where tellerline was started)`,
  });
});
