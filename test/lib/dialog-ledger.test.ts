import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dialogsLeft, openDialogLedger } from '../../src/lib/dialog-ledger.ts';

const failed = (error: Error): void => {
  throw error;
};

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  path = join(folder, 'dialogs');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what has begun and not ended is left, by server', async () => {
  {
    await using ledger = await openDialogLedger(path, failed);
    expect(ledger.left.size).toBe(0);
    for (const dialog of ['a', 'b', 'c']) ledger.began('one:1', dialog);
    ledger.began('two:2', 'd');
    ledger.began('one:1', 'evil\n+\tone:1\tx');
    ledger.ended('one:1', 'b');
    ledger.ended('one:1', 'never begun');
  }
  await using again = await openDialogLedger(path, failed);
  expect(again.left).toEqual(
    new Map([
      [
        'one:1',
        new Map([
          ['a', ''],
          ['c', ''],
        ]),
      ],
      ['two:2', new Map([['d', '']])],
    ]),
  );
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('the file stays small however many calls there were', async () => {
  await using ledger = await openDialogLedger(path, failed);
  ledger.began('one:1', 'stays');
  for (let n = 0; n < 30; n++) {
    for (let call = 0; call < 500; call++) {
      ledger.began('one:1', `call-${n}-${call}`);
      ledger.ended('one:1', `call-${n}-${call}`);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ledger[Symbol.asyncDispose]();
  const text = readFileSync(path, 'utf8');
  expect(text.split('\n').length).toBeLessThan(1_000);
  expect([...dialogsLeft(text)]).toEqual([['one:1\tstays', '']]);
});

test('the last content counts; a line that a crash cut short does not; nothing stays when nothing is up', async () => {
  {
    await using ledger = await openDialogLedger(path, failed);
    ledger.began('sip', 'a', '{"n":1}');
    ledger.began('sip', 'a', '{"n":2}');
    ledger.began('sip', 'a', '{"n":2}');
    ledger.began('sip', 'b', '{"n":3}');
  }
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(4);
  truncateSync(path, statSync(path).size - 1);
  {
    await using ledger = await openDialogLedger(path, failed);
    expect(ledger.left).toEqual(new Map([['sip', new Map([['a', '{"n":2}']])]]));
    ledger.ended('sip', 'a');
  }
  expect(readFileSync(path, 'utf8')).toBe('');
});

test('whatever the file holds, reading it goes well', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => dialogsLeft(text)).not.toThrow();
    }),
  );
  const events = fc.array(fc.tuple(fc.constantFrom('+', '-'), fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y')));
  fc.assert(
    fc.property(events, fc.nat(), (lines, cut) => {
      const text = lines.map(([sign, server, dialog]) => `${sign}\t${server}\t${dialog}\n`).join('');
      const up = new Map<string, string>();
      for (const [sign, server, dialog] of lines)
        if (sign === '+') up.set(`${server}\t${dialog}`, '');
        else up.delete(`${server}\t${dialog}`);
      expect(dialogsLeft(text)).toEqual(up);
      // as a crash cuts it short: nothing that was never there
      for (const each of dialogsLeft(text.slice(0, cut % (text.length + 1))).keys())
        expect(each).toMatch(/^[ab]\t[xy]$/);
    }),
  );
});
