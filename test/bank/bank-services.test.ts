import { describe, expect, onTestFinished, test } from 'vitest';
import { openTrialBank } from '../../src/app/open-bank.ts';
import { IvrError } from '../../src/domain/error.ts';
import { Secret } from '../../src/domain/secret.ts';
import { ManualClock } from '../support/manual-clock.ts';

const { signal } = new AbortController();
const ACCOUNT = '12345678';

function open() {
  const clock = new ManualClock();
  const bank = openTrialBank(clock);
  onTestFinished(() => bank[Symbol.asyncDispose]());
  return {
    clock,
    bank,
    pin: (pin: string, account = ACCOUNT, contact = 'call') =>
      bank.call('verify-pin', { account, contact, pin: new Secret(pin) }, signal),
    balance: (session: string, account = ACCOUNT) => bank.call('balance', { account, session }, signal),
    block: (account = ACCOUNT) => bank.call('block-card', { account }, signal),
  };
}

async function session(verified: ReturnType<ReturnType<typeof open>['pin']>): Promise<string> {
  const result = await verified;
  return result.outcome === 'done' ? String(result.values['session']) : '';
}

describe('the demo bank', () => {
  test('tells the balance to whom the PIN was verified, for ten minutes', async () => {
    const { clock, pin, balance } = open();
    const opened = await session(pin('2468'));
    expect(await balance(opened)).toEqual({ outcome: 'done', values: { balance: 1234.56, currency: 'USD' } });
    expect(await balance(opened, '87654321')).toEqual({ outcome: 'refused', because: 'not-verified' });
    expect(await balance('')).toEqual({ outcome: 'refused', because: 'not-verified' });
    clock.advance(10 * 60_000);
    expect(await balance(opened)).toEqual({ outcome: 'refused', because: 'not-verified' });
  });

  test("three wrong PINs end the caller's tries, for whatever account, and leave the account to its owner", async () => {
    const { clock, pin } = open();
    expect(await pin('1111')).toEqual({ outcome: 'refused', because: 'wrong-pin' });
    expect(await pin('2222', '87654321')).toEqual({ outcome: 'refused', because: 'wrong-pin' });
    expect(await pin('3333')).toEqual({ outcome: 'refused', because: 'too-many-tries' });
    expect(await pin('2468')).toEqual({ outcome: 'refused', because: 'too-many-tries' });
    expect(await pin('2468', ACCOUNT, 'another call')).toMatchObject({ outcome: 'done' });
    clock.advance(15 * 60_000);
    expect(await pin('2468')).toMatchObject({ outcome: 'done' });
  });

  test('ten wrong PINs of several callers lock the account for a quarter of an hour, even for the right one', async () => {
    const { clock, pin } = open();
    for (let n = 1; n < 10; n++)
      expect(await pin('1111', ACCOUNT, `call ${n}`)).toEqual({ outcome: 'refused', because: 'wrong-pin' });
    expect(await pin('1111', ACCOUNT, 'call 10')).toEqual({ outcome: 'refused', because: 'locked' });
    expect(await pin('2468', ACCOUNT, 'call 11')).toEqual({ outcome: 'refused', because: 'locked' });
    expect(await pin('1357', '87654321', 'call 12')).toMatchObject({ outcome: 'done' });
    clock.advance(15 * 60_000);
    expect(await pin('2468', ACCOUNT, 'call 13')).toMatchObject({ outcome: 'done' });
  });

  test('the right PIN forgives earlier wrong ones', async () => {
    const { pin } = open();
    for (let n = 0; n < 5; n++) {
      expect(await pin('1111')).toEqual({ outcome: 'refused', because: 'wrong-pin' });
      expect(await pin('2468')).toMatchObject({ outcome: 'done' });
    }
  });

  test('a PIN that is no Secret is refused', async () => {
    const { bank } = open();
    expect(await bank.call('verify-pin', { account: ACCOUNT, pin: '2468' }, signal)).toEqual({
      outcome: 'refused',
      because: 'wrong-pin',
    });
  });

  test('blocks a card once, with one reference', async () => {
    const { block } = open();
    const first = await block();
    expect(first).toEqual({ outcome: 'done', values: { reference: 'LC48290' } });
    expect(await block()).toEqual(first);
    expect(await block('87654321')).toEqual({ outcome: 'done', values: { reference: 'LC48291' } });
  });

  test('knows its customers only', async () => {
    const { pin, block } = open();
    expect(await pin('2468', '00000000')).toEqual({ outcome: 'refused', because: 'unknown-account' });
    expect(await block('00000000')).toEqual({ outcome: 'refused', because: 'unknown-account' });
  });

  test('an unknown service and a cancelled call reject', async () => {
    const { bank } = open();
    await expect(bank.call('lend-money', {}, signal)).rejects.toThrow(IvrError);
    await expect(bank.call('toString', {}, signal)).rejects.toThrow(IvrError);
    await expect(bank.call('balance', {}, AbortSignal.abort())).rejects.toThrow();
  });
});
