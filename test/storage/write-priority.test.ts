import { expect, test } from 'vitest';
import { deferred } from '../../src/lib/deferred.ts';
import { WritePriority } from '../../src/storage/write-priority.ts';

test('whoever gives way waits for what is written first, in every thread', async () => {
  const owner = new WritePriority();
  const other = new WritePriority(owner.shared);
  const order: string[] = [];
  const written = deferred<void>();
  const writing = owner.first(async () => {
    await written.promise;
    order.push('first');
  });
  const waiting = other.giveWay().then(() => order.push('other'));
  written.resolve();
  await Promise.all([writing, waiting]);
  expect(order).toEqual(['first', 'other']);
});

test('whoever gives way comes to its turn though something is always written first', async () => {
  const owner = new WritePriority();
  const never = deferred<void>();
  const writing = owner.first(() => never.promise);
  await new WritePriority(owner.shared).giveWay();
  never.resolve();
  await writing;
});

test('what failed to be written keeps nobody waiting', async () => {
  const owner = new WritePriority();
  await expect(owner.first(() => Promise.reject(new Error('full')))).rejects.toThrow('full');
  expect(new Int32Array(owner.shared)[0]).toBe(0);
});
