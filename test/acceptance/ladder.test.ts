import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ladder } from '../../src/cli/ladder.ts';
import type { LadderStep } from '../../src/domain/sip-ladder.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { atRest } from '../support/at-rest.ts';
import { openCallee } from '../support/callee.ts';
import { openCaller } from '../support/caller.ts';
import { DIALPLANS } from '../support/server-process.ts';
import { freePort } from '../support/sipp.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

/* The SIP messages of a call and of the person who was called for it, as operators see them. */

async function ladderOf({ app, folder }: TestApp, contact: string) {
  const token = (await readFile(join(folder, 'token'), 'utf8')).trim();
  const response = await fetch(`${app.http}/api/calls/${contact}/ladder`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.status, body: (await response.json()) as { live: boolean; steps: LadderStep[] } };
}

const told = (all: readonly LadderStep[]): string[] =>
  all.map(({ direction, start_line }) => `${direction} ${start_line.replace(/ sip:.*/, '')}`);

/** What the command prints of a database. */
async function drawn(file: string, ...args: readonly string[]): Promise<string> {
  const printed: string[] = [];
  await ladder.run({
    arguments: args,
    environment: { TELLERLINE_STORAGE_FILE: file },
    print: (line) => printed.push(line),
    signal: new AbortController().signal,
    openLogger: () => silentLogger,
  });
  return printed.join('\n');
}

test('a caller and a person: while they talk by /api, afterwards by the command', async () => {
  const port = await freePort();
  const stranger = '0193a0c4-0000-7000-8000-000000000001';
  await using bank = await openTestApp({
    set: {
      'dialplan.file': join(DIALPLANS, 'short.yaml'),
      'dialplan.grammars': DIALPLANS,
      'person.uri': `sip:+8613912345678@127.0.0.1:${port}`,
    },
  });
  await using person = await openCallee(bank.app.sip, port);
  await using customer = await openCaller(bank.app.sip);
  customer.invite();
  await customer.answered();
  await bank.until('notice-given', undefined, 30_000);
  await customer.rtp.press('0');
  await person.answer();
  const { contact } = await bank.until('transfer-answered', undefined, 30_000);
  const live = await ladderOf(bank, contact);
  expect(live.body.live).toBe(true);
  expect(told(live.body.steps)).toEqual(
    expect.arrayContaining([
      'in INVITE',
      'out SIP/2.0 100 Trying',
      'out SIP/2.0 200 OK',
      'in ACK',
      'out INVITE',
      'in SIP/2.0 180 Ringing',
      'in SIP/2.0 200 OK',
      'out ACK',
    ]),
  );
  expect(JSON.stringify(live.body)).not.toContain('13912345678');
  const gone = person.hungUpOn(30_000);
  await customer.hangUp();
  await gone;
  await atRest(bank);
  expect((await ladderOf(bank, stranger)).status).toBe(404);
  // whatever waits to be written is written when the server ends
  await bank.app[Symbol.asyncDispose]();
  const file = join(bank.folder, 'tellerline.sqlite');
  const text = await drawn(file, contact, '--messages');
  expect(text).toMatch(/ 1 +0\.000 +INVITE \+SDP ─+▶ │/);
  expect(text).toMatch(/◀─+ 200 OK \(INVITE\) \+SDP/);
  // the person is on the right
  expect(text).toMatch(/\d +\d+\.\d{3} +│ INVITE \+SDP ─+▶/);
  expect(text).toMatch(/│ ◀─+ 180 Ringing \(INVITE\)/);
  expect(text).toMatch(/│ BYE ─+▶/);
  expect(text).toContain('sip:+*********5678@127.0.0.1');
  expect(text).not.toContain('13912345678');
  await expect(drawn(file, stranger)).rejects.toThrow('there is no such call');
});
