import { describe, expect, test, vi } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { within } from '../../src/lib/deadline.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { Scope } from '../../src/lib/scope.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('Scope', () => {
  test('closes newest first, once, and goes on after a failure', async () => {
    const order: string[] = [];
    const failures: Error[] = [];
    const scope = new Scope((error) => failures.push(error));
    scope.defer(() => order.push('first'));
    scope.defer(() => {
      throw new Error('second');
    });
    scope.defer(async () => {
      await Promise.resolve();
      order.push('third');
    });
    await Promise.all([scope.close(), scope.close()]);
    expect(order).toEqual(['third', 'first']);
    expect(failures.map((error) => error.message)).toEqual(['second']);
    expect(scope.signal.aborted).toBe(true);
  });

  test('what is taken back is not run; what is deferred too late runs at once', async () => {
    const order: string[] = [];
    const scope = new Scope();
    scope.defer(() => order.push('taken back'))();
    await scope.close();
    scope.defer(() => order.push('late'));
    expect(order).toEqual(['late']);
  });

  test('what hangs is named when the time for all is over, and does not keep the rest from being released', async () => {
    const order: string[] = [];
    const failures: Error[] = [];
    const scope = new Scope((error) => failures.push(error), ms(1));
    const late = deferred<void>();
    scope.defer(() => order.push('first'));
    scope.defer(async () => {
      await late.promise;
      order.push('second');
    });
    scope.defer(() => new Promise(() => undefined));
    const closing = scope.close();
    // each has a second of its own, however late it is
    await vi.waitUntil(() => failures.length === 1, 30_000);
    late.resolve();
    await closing;
    expect(failures).toMatchObject([
      {
        code: 'DEADLINE_EXCEEDED',
        message: expect.stringMatching(/clean-up of test\/lib\/lifetimes\.test\.ts:\d+ took/),
      },
    ]);
    expect(order).toEqual(['second', 'first']);
  });

  test('without a listener the failures reject the closing together', async () => {
    const scope = new Scope();
    for (const name of ['a', 'b'])
      scope.defer(() => {
        throw new Error(name);
      });
    await expect(scope.close()).rejects.toMatchObject({ errors: [{ message: 'b' }, { message: 'a' }] });
  });
});

test('any number of waits may listen to the signal of a scope, and a listener that stays is warned of elsewhere', async () => {
  const warned: string[] = [];
  const onWarning = ({ message }: Error): void => void warned.push(message);
  process.on('warning', onWarning);
  try {
    const scope = new Scope();
    const own = new AbortController();
    for (const { signal } of [scope, own]) {
      const waits = Array.from({ length: 40 }, () => within(new Promise(() => undefined), ms(10_000), 'it', signal));
      if (signal === scope.signal) await scope.close();
      else own.abort();
      for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: 'CANCELLED' });
      await new Promise((resolve) => setImmediate(resolve));
      expect(warned).toHaveLength(signal === scope.signal ? 0 : 1);
    }
    expect(warned[0]).toContain('abort listeners');
  } finally {
    process.off('warning', onWarning);
  }
});

describe('within', () => {
  test('passes on the result or the failure', async () => {
    await expect(within(Promise.resolve(1), ms(1000), 'it')).resolves.toBe(1);
    await expect(within(Promise.reject(new Error('no')), ms(1000), 'it')).rejects.toThrow('no');
  });

  test('names what took too long, or was cancelled', async () => {
    const never = new Promise(() => undefined);
    await expect(within(never, ms(1), 'the bank')).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      facts: { what: 'the bank' },
    });
    const stop = new AbortController();
    const waiting = within(never, ms(10_000), 'the bank', stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(within(Promise.reject(new Error('unheard')), ms(1), 'it', stop.signal)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});

test('ManualClock runs what is due, in order of time, also what is set meanwhile', () => {
  const clock = new ManualClock();
  const order: string[] = [];
  clock.after(ms(20), () => order.push('b'));
  clock.after(ms(10), () => {
    order.push('a');
    clock.after(ms(5), () => order.push('a+5'));
  });
  const cancel = clock.after(ms(15), () => order.push('cancelled'));
  cancel();
  clock.advance(19);
  expect(order).toEqual(['a', 'a+5']);
  clock.advance(1);
  expect(order).toEqual(['a', 'a+5', 'b']);
  expect(clock.pending).toBe(0);
});
