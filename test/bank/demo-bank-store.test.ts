import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDemoBankStore } from '../../src/bank/demo/demo-bank.ts';
import { wallMs } from '../../src/domain/units.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { balanceOf, never, opened, signedIn, WIRES } from './support/core-banks.ts';

describe.each(WIRES)('the demo bank over %s', (_, open) => {
  test('the caller who was cut off calls again, is verified anew, and the transfer is the same one', {
    timeout: 60_000,
  }, async () => {
    await using scope = opened();
    const bank = await open(scope);
    const order = { from: '12345678', to: '87654321', amount: 10_000, currency: 'USD', text: 'rent' };
    const first = await bank.ask('Transfer', { ...order, session: await signedIn(bank) }, never, 'intention-1');
    expect(first.outcome).toBe('done');
    const session = await signedIn(bank, 'k-2');
    expect(await bank.ask('Transfer', { ...order, session }, never, 'intention-1')).toEqual(first);
    expect(await balanceOf(bank, session)).toMatchObject({ answer: { balance: 113_456 } });
    expect(await bank.ask('Transfer', { ...order, session: 'a guess' }, never, 'intention-1')).toEqual({
      outcome: 'refused',
      because: 'not-verified',
    });
    const ticket = { customer: 'C1001', kind: 'complaint', grade: 2, text: 'card swallowed' };
    const opening = await bank.ask('OpenTicket', ticket, never, 'ticket-1');
    expect(await bank.ask('OpenTicket', ticket, never, 'ticket-1')).toEqual(opening);
    expect(await bank.ask('OpenTicket', { ...ticket, grade: 1 }, never, 'ticket-1')).toEqual({
      outcome: 'refused',
      because: 'key-used-otherwise',
    });
  });

  test('PINs that are tried at the same time are counted one after the other', { timeout: 60_000 }, async () => {
    await using scope = opened();
    const bank = await open(scope);
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        bank.ask('VerifyPin', { account: '12345678', pin: '1111', contact: `k-${at}` }, never),
      ),
    );
    const because = tries.map((one) => (one.outcome === 'refused' ? one.because : 'verified'));
    expect(because.filter((one) => one === 'wrong-pin')).toHaveLength(9);
    expect(because.filter((one) => one === 'locked')).toHaveLength(3);
  });

  test('no session is like another', { timeout: 60_000 }, async () => {
    await using scope = opened();
    const bank = await open(scope);
    const sessions = await Promise.all(Array.from({ length: 8 }, () => signedIn(bank)));
    expect(new Set(sessions).size).toBe(8);
    for (const session of sessions) expect(session).toMatch(/^demo-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});

test('a file whose first start broke off is made by the next one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'demo-bank-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'bank.sqlite');
  await expect(openDemoBankStore(file, { wall: () => wallMs(Number.NaN) })).rejects.toThrow('Invalid time');
  await using bank = await openDemoBankStore(file, systemClock);
  expect(await bank.handle('ListAccounts', { customer: 'C1002' }, undefined)).toMatchObject({
    body: { accounts: [{ account: '87654321' }] },
  });
});
