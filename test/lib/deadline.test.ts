import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import { within } from '../../src/lib/deadline.ts';

/** Nothing else runs in this thread meanwhile. */
function standStill(forMs: number): void {
  const until = performance.now() + forMs;
  while (performance.now() < until);
}

test('an answer that lay there while this thread stood still has come in time', async () => {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  const answer = within(once(port2, 'message'), ms(60), 'an answer');
  port1.postMessage('here');
  standStill(250);
  expect(await answer).toEqual(['here']);
});

test('what does not come is given up, after a stall a little later', async () => {
  const never = new Promise<void>(() => undefined);
  await expect(within(never, ms(20), 'nothing')).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  const began = performance.now();
  const late = within(never, ms(20), () => 'nothing again');
  standStill(120);
  await expect(late).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    facts: { what: 'nothing again', limit_ms: 20 },
  });
  expect(performance.now() - began).toBeGreaterThan(120);
});

test('a signal ends the waiting, a deadline that was put off too', async () => {
  const stop = new AbortController();
  const waiting = within(new Promise<void>(() => undefined), ms(20), 'it', stop.signal);
  standStill(100);
  setImmediate(() => stop.abort());
  await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  await expect(within(Promise.resolve(), ms(20), 'it', stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
});
