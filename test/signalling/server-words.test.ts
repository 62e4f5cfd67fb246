import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ServerWord, serverWord } from '../../src/signalling/drachtio/server-words.ts';
import { testData } from '../support/test-data.ts';

test.each<[string, ServerWord | undefined]>([
  ['Server error: unable to find dialog for dialog id provided', 'no-dialog'],
  ['unable to find dialog', 'no-dialog'],
  ['Response not sent due to unknown transaction', 'no-transaction'],
  ['transaction not found', 'no-transaction'],
  ['another INVITE is pending', 'invite-pending'],
  ['ACK timeout', 'not-acknowledged'],
  ['SIP;cause=200;text="ACK timeout"', 'not-acknowledged'],
  ['Session timer expired', undefined],
  ['unknown message', undefined],
  ['unable to reach the far end', undefined],
  ['the package was not found', undefined],
  ['Cracked handset', undefined],
  ['', undefined],
])('%s', (said, means) => {
  expect(serverWord(new Error(said))).toBe(means);
  expect(serverWord(said)).toBe(means);
});

test('srf’s own prefix is looked through', () => {
  expect(serverWord('Error: Error: transaction not found')).toBe('no-transaction');
});

/** `…|response|ID|NOK|sentence` (drachtio's control protocol). */
const REFUSAL = /\|response\|[^|]*\|NOK\|([^\r\n]*)/g;
/** The Reason of a BYE that the server made by itself. */
const REASON = /^Reason: (.*ACK timeout.*)$/gim;
const captures = testData('captures');

test.skipIf(captures === undefined)('every sentence that a real server said in the captures is in the table', () => {
  const folder = captures ?? '';
  const said = readdirSync(folder)
    .filter((file) => file.startsWith('drachtio-tcp-'))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      return [...text.matchAll(REFUSAL), ...text.matchAll(REASON)].map(([, sentence = '']) => sentence.trim());
    });
  expect(said.length).toBeGreaterThan(0);
  expect(said.filter((sentence) => serverWord(sentence) === undefined)).toEqual([]);
});
