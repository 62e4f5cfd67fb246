import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { grammarsFor } from '../../src/cli/grammars-for.ts';
import { smallPlan } from '../dialogue/support/small-plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'tellerline-try-'));
afterAll(() => rmSync(folder, { recursive: true }));
const HOTLINE = 'dialplans/bank-hotline.yaml';

const tellerline = (args: readonly string[], input: string) =>
  spawnSync(process.execPath, ['dist/main.js', ...args], { input, encoding: 'utf8', timeout: 120_000 });

test('try --json answers each line with one, none before the first and none after the last', () => {
  const script = ['{"says":"balance"}', '{"presses":"12345678"}', 'what?', '', '{"hangsUp":true}'].join('\n');
  const { status, stdout, stderr } = tellerline(['try', HOTLINE, '--json'], script);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(lines).toHaveLength(5);
  expect(lines[0]).toMatchObject({ how: 'taken', flow: 'main', state: 'identify' });
  expect(lines[1]).toMatchObject({ slots: { account: '12345678' } });
  expect(lines[2]).toHaveProperty('error');
  expect(lines[3]).toHaveProperty('error');
  expect(lines[4]).toMatchObject({ outcome: 'caller-hung-up', ended: true });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(tellerline(['try', HOTLINE, '--json'], '')).toMatchObject({ status: 0, stdout: '' });
}, 240_000);

test('try --json understands by the examples of the dialplan what none of its keywords is in', () => {
  const { status, stdout, stderr } = tellerline(
    ['try', HOTLINE, '--json'],
    `{"says":"i've been mugged and my cards are gone"}\n{"says":"yes"}\n`,
  );
  const [asked, taken] = stdout
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(asked).toMatchObject({ how: 'asked', understood: [{ name: 'lost-card' }] });
  expect(taken).toMatchObject({ how: 'taken', state: 'lost-card' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}, 240_000);

test('try in the terminal: text, keys, waiting and hanging up', () => {
  const { status, stdout } = tellerline(['try', HOTLINE], 'balance\n12345678\nwait 9000\nhang up\nanything\n');
  expect(status).toBe(0);
  expect(stdout.match(/Welcome to Example Bank/g)).toHaveLength(2);
  expect(stdout).toContain('bot: Please key in your four digit PIN.\n(the call has ended: caller-hung-up');
}, 240_000);

test('try --scenarios tells what comes to something else, and its status says so', () => {
  const scenarios = join(folder, 'scenarios.yaml');
  writeFileSync(
    scenarios,
    'scenarios:\n  right: [{ says: balance, state: identify }]\n  wrong: [{ says: balance, state: more }]\n',
  );
  const { status, stdout } = tellerline(['try', HOTLINE, '--scenarios', scenarios], '');
  expect(status).toBe(1);
  expect(stdout).toBe(
    `${scenarios}:3:11: wrong: expected state "more", found "identify"\n1 of 2 scenarios came to what they should\n`,
  );
}, 240_000);

async function checked(file: string): Promise<readonly string[]> {
  const lines: string[] = [];
  await check.run({
    arguments: [file],
    environment: {},
    print: (line) => lines.push(line),
    signal: new AbortController().signal,
    openLogger: () => {
      throw new Error('nothing is logged');
    },
  });
  return lines;
}

test('check tells every problem of a dialplan with its place, or that there is none', async () => {
  expect(await checked(HOTLINE)).toEqual([`the dialplan is valid (${HOTLINE}: bank-hotline version 2)`]);
  const broken = join(folder, 'broken.yaml');
  writeFileSync(
    broken,
    smallPlan([
      ['start: hello', 'start: nowhere'],
      ['service: verify', 'service: nothing'],
    ]),
  );
  await expect(checked(broken)).rejects.toMatchObject({ code: 'DIALPLAN_INVALID' });
  await expect(checked(broken)).rejects.toThrow(/broken\.yaml:7:8: expected the name of a state, found 'nowhere'/);
});

test('grammars are those beside the dialplan, beside its folder, or here', async () => {
  expect(await grammarsFor(HOTLINE, undefined)).toBe('grammars');
  expect(await grammarsFor(join(folder, 'any.yaml'), undefined)).toBe('grammars');
  expect(await grammarsFor(HOTLINE, 'elsewhere')).toBe('elsewhere');
});
