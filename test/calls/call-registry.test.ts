import { expect, test } from 'vitest';
import { type LineServices, openCallRegistry } from '../../src/calls/call-registry.ts';
import type { LiveCall } from '../../src/calls/live-call.ts';
import { type ContactId, newContactId } from '../../src/domain/ids.ts';
import { seconds } from '../../src/domain/units.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { settled } from './fake-line.ts';

/** A line with two calls, which end when the test says so, and what its log says of calls. */
function twoCalls() {
  const clock = new ManualClock();
  const warned: unknown[] = [];
  const services = {
    settings: { maxCalls: 5 },
    signalling: { onCall: () => undefined },
    recorder: { onTrouble: () => undefined, onUnsynced: () => undefined },
    line: () => ({ take: true }),
    clock,
    logger: { ...silentLogger, warn: (facts: object) => void warned.push(facts) },
  } as unknown as LineServices;
  const registry = openCallRegistry(services);
  const calls = [1, 2].map((n) => {
    const contact: ContactId = newContactId(clock.wall() + n);
    const ended = deferred<void>();
    const told: number[] = [];
    const shutDown = (limit: number): void => void told.push(limit);
    registry.place(() => ({ contact, ended: ended.promise, shutDown }) as unknown as LiveCall);
    return { contact, ended, told };
  });
  let drained = false;
  const drain = (): void => void registry.drain(seconds(20)).then(() => (drained = true));
  return { clock, registry, calls, warned, drain, isDrained: () => drained };
}

test('a stop waits until all calls are sealed, and no longer', async () => {
  const { clock, registry, calls, warned, drain, isDrained } = twoCalls();
  drain();
  expect(calls.map(({ told }) => told)).toEqual([[20_000], [20_000]]);
  expect(registry.place(() => expect.unreachable())).toBe(false);
  calls[0]?.ended.resolve();
  clock.advance(20_000);
  await settled();
  expect(isDrained()).toBe(false);
  calls[1]?.ended.resolve();
  await settled();
  expect([isDrained(), warned, clock.pending]).toEqual([true, [], 0]);
});

test('seals that take longer than five seconds after the goodbyes hold up no stop: the log names their calls', async () => {
  const { clock, calls, warned, drain, isDrained } = twoCalls();
  drain();
  calls[0]?.ended.resolve();
  await settled();
  clock.advance(24_999);
  await settled();
  expect([isDrained(), warned]).toEqual([false, []]);
  clock.advance(1);
  await settled();
  expect([isDrained(), warned]).toEqual([true, [{ contact: calls[1]?.contact }]]);
});
