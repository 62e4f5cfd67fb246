import { expect, test } from 'vitest';
import { deferred } from '../../src/lib/deferred.ts';
import { writeTogether } from '../../src/storage/write-together.ts';

test('what comes while others are written is written together, in order', async () => {
  const groups: (readonly number[])[] = [];
  const first = deferred<void>();
  const write = writeTogether<number>(async (items) => {
    groups.push(items);
    if (groups.length === 1) await first.promise;
  });
  const all = Array.from({ length: 100 }, (_, n) => write(n));
  first.resolve();
  await Promise.all(all);
  expect(groups.map(({ length }) => length)).toEqual([1, 64, 35]);
  expect(groups.flat()).toEqual(Array.from({ length: 100 }, (_, n) => n));
  await write(100);
  expect(groups.at(-1)).toEqual([100]);
});

test('where a group is refused, each of it stands or falls alone', async () => {
  const written: number[] = [];
  const first = deferred<void>();
  const write = writeTogether<number>(async (items) => {
    await first.promise;
    if (items.includes(7)) throw new Error('seven');
    written.push(...items);
  });
  const all = Promise.allSettled(Array.from({ length: 20 }, (_, n) => write(n)));
  first.resolve();
  const refused = (await all).flatMap((one, n) => (one.status === 'rejected' ? [[n, String(one.reason)]] : []));
  expect(refused).toEqual([[7, 'Error: seven']]);
  expect(written).toEqual(Array.from({ length: 20 }, (_, n) => n).filter((n) => n !== 7));
});
