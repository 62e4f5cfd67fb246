import { describe, expect, onTestFinished, test } from 'vitest';
import { openTrialBank } from '../../src/app/open-bank.ts';
import type { LookUpResult } from '../../src/dialogue/dialogue.ts';
import { Secret } from '../../src/domain/secret.ts';
import { ms } from '../../src/domain/units.ts';
import { ManualClock } from '../support/manual-clock.ts';

/* Who is calling, what approves money, and money: the services on the demo bank. */

const { signal } = new AbortController();
const ORDER = { from: '12345678', to: '87654321', amount: '250', currency: 'USD' };
const refused = (because: string): LookUpResult => ({ outcome: 'refused', because });

function open() {
  const clock = new ManualClock();
  const codes: { readonly phone: string; readonly code: string }[] = [];
  const bank = openTrialBank(clock, {
    send: (phone, code) => Promise.resolve(void codes.push({ phone, code: code.reveal() })),
  });
  onTestFinished(() => bank[Symbol.asyncDispose]());
  const call = (service: string, args: Readonly<Record<string, string | Secret>>) => bank.call(service, args, signal);
  const signIn = async (contact: string, account = '12345678', pin = '2468'): Promise<string> => {
    const result = await call('verify-pin', { account, pin: new Secret(pin), contact });
    return result.outcome === 'done' ? String(result.values['session']) : '';
  };
  const approve = async (order: Readonly<Record<string, string>>): Promise<LookUpResult> => {
    await call('send-code', order);
    return await call('check-code', { ...order, code: new Secret(codes.at(-1)?.code ?? '') });
  };
  return { clock, codes, call, signIn, approve };
}

describe('money', () => {
  test('moves once the code that went to the telephone at the bank was keyed, and the balance shows it', async () => {
    const { codes, call, signIn, approve } = open();
    const session = await signIn('call 1');
    const order = { ...ORDER, contact: 'call 1', session };
    expect(await call('transfer', order)).toEqual(refused('not-approved'));
    expect(await call('send-code', order)).toEqual({ outcome: 'done', values: { phone: '0001' } });
    expect(await call('check-code', { ...order, code: new Secret('x') })).toEqual(refused('wrong-code'));
    expect(codes).toEqual([{ phone: '+442079460001', code: '123456' }]);
    expect(await approve(order)).toEqual({ outcome: 'done', values: {} });
    expect(await call('transfer', { ...order, amount: '260' })).toEqual(refused('not-approved'));
    expect(await call('transfer', { ...order, to: '11223344' })).toEqual(refused('not-approved'));
    expect(await call('transfer', order)).toMatchObject({ outcome: 'done' });
    expect(await call('balance', { account: '12345678', session })).toMatchObject({ values: { balance: 984.56 } });
  });

  test('that was ordered before the line dropped moves once, and who calls again hears so', async () => {
    const { call, signIn, approve } = open();
    const first = { ...ORDER, contact: 'call 1', session: await signIn('call 1') };
    await approve(first);
    expect(await call('transfer', first)).toMatchObject({ outcome: 'done' });
    const session = await signIn('call 2');
    const again = { ...ORDER, contact: 'call 2', session };
    expect(await call('send-code', again)).toEqual(refused('made-already'));
    expect(await call('transfer', again)).toEqual(refused('made-already'));
    expect(await call('balance', { account: '12345678', session })).toMatchObject({ values: { balance: 984.56 } });
  });

  test('does not move by a code that expired while it was read, after three wrong ones, or by the one of another call', async () => {
    const { clock, codes, call, signIn } = open();
    const order = { ...ORDER, contact: 'call 1', session: await signIn('call 1') };
    const key = (code = codes.at(-1)?.code ?? '') => call('check-code', { ...order, code: new Secret(code) });
    await call('send-code', order);
    clock.advance(ms(5 * 60_000));
    expect(await key()).toEqual(refused('expired'));
    expect(await key()).toEqual(refused('no-code'));
    await call('send-code', order);
    expect([await key('1'), await key('2'), await key('3'), await key()]).toEqual([
      refused('wrong-code'),
      refused('wrong-code'),
      refused('too-many-tries'),
      refused('no-code'),
    ]);
    await call('send-code', order);
    const other = { ...order, contact: 'call 2', code: new Secret(codes.at(-1)?.code ?? '') };
    expect(await call('check-code', other)).toEqual(refused('no-code'));
    expect(await call('send-code', order)).toEqual(refused('too-many-codes'));
    expect(await call('transfer', order)).toEqual(refused('not-approved'));
  });

  test('does not move from the account of a second customer in the call by what the first one has approved', async () => {
    const { call, signIn, approve } = open();
    const own = { ...ORDER, from: '87654321', to: '11223344', contact: 'call 1' };
    expect(await approve({ ...own, session: await signIn('call 1', '87654321', '1357') })).toMatchObject({
      outcome: 'done',
    });
    const session = await signIn('call 1');
    expect(await call('transfer', { ...own, from: '12345678', session })).toEqual(refused('not-approved'));
    expect(await call('balance', { account: '12345678', session })).toMatchObject({ values: { balance: 1234.56 } });
  });

  test('goes to nobody without a session, and to known payees by name', async () => {
    const { call, signIn } = open();
    const session = await signIn('call 1');
    for (const service of ['send-code', 'transfer'])
      expect(await call(service, { ...ORDER, contact: 'c', session: 'made-up' })).toEqual(refused('not-verified'));
    expect(await call('find-payee', { session, name: 'to wise marshal | to rhys marshall' })).toEqual({
      outcome: 'done',
      values: { payee: '87654321', 'payee-name': 'Rhys Marshall' },
    });
    expect(await call('find-payee', { session, name: 'my landlord' })).toEqual(refused('unknown-payee'));
    expect(await call('own-accounts', { session })).toEqual({
      outcome: 'done',
      values: { account: '12345678', savings: '12345679', currency: 'USD' },
    });
  });
});

describe('who is calling', () => {
  const KATHERINE = { postcode: 'e c six seven g j', name: 'katherine ellis', 'date-of-birth': '27091979' };

  test('is known by postcode, name and date of birth, and has a session at the bank', async () => {
    const { call } = open();
    const result = await call('verify-identity', { contact: 'call 1', caller: '+15550100', ...KATHERINE });
    expect(result).toMatchObject({ outcome: 'done', values: { customer: 'Katherine Ellis' } });
    const session = result.outcome === 'done' ? String(result.values['session']) : '';
    expect(await call('balance', { account: '12345678', session })).toMatchObject({ outcome: 'done' });
    expect(await call('balance', { account: '87654321', session })).toEqual(refused('not-verified'));
  });

  test('three times somebody else is let through no more, in this call or the next one, and hears no reason', async () => {
    const { call } = open();
    const tries = [];
    for (const contact of ['call 1', 'call 1', 'call 1', 'call 2'])
      tries.push(
        await call('verify-identity', {
          contact,
          caller: '+15550100',
          ...(contact === 'call 2' ? KATHERINE : { ...KATHERINE, name: 'oliver brown', 'date-of-birth': '01021950' }),
        }),
      );
    expect(tries).toEqual(['not-verified', 'not-verified', 'too-many-tries', 'too-many-tries'].map(refused));
    expect(await call('verify-identity', { contact: 'call 3', caller: '+15550199', ...KATHERINE })).toMatchObject({
      outcome: 'done',
    });
  });

  test('as whom ten calls failed is locked, also for those who withhold their number and now know it all', async () => {
    const { call } = open();
    for (let at = 0; at < 10; at++) {
      const guess = { ...KATHERINE, contact: `call ${at}`, 'date-of-birth': '01021950' };
      expect(await call('verify-identity', guess)).toEqual(refused('not-verified'));
    }
    expect(await call('verify-identity', { ...KATHERINE, contact: 'call 10' })).toEqual(refused('locked'));
  });
});

test('a complaint has a ticket, whoever calls; the last transactions are sentences', async () => {
  const { call, signIn } = open();
  expect(await call('open-ticket', { contact: 'call 1', said: 'the branch was closed' })).toEqual({
    outcome: 'done',
    values: { ticket: 'TK10001', grade: 3 },
  });
  const session = await signIn('call 2');
  const told = await call('transactions', { account: '12345678', session });
  expect(told).toMatchObject({
    values: { transactions: expect.stringContaining('Fuel: thirty-five dollars and sixty cents out.') },
  });
});
