import { expect, test } from 'vitest';
import { GroupCommit } from '../../../src/archive/log/group-commit.ts';

const entry = (n: number): Uint8Array => Uint8Array.of(n);

test('what is appended while a batch is written is the next batch', async () => {
  const batches: number[][] = [];
  const commit = new GroupCommit(async (entries) => {
    batches.push(entries.map((one) => one[0] ?? 0));
    await new Promise(setImmediate);
  });
  const first = [commit.append(entry(1), 10), commit.append(entry(2), 10)];
  await new Promise(setImmediate);
  const second = [commit.append(entry(3), 10), commit.append(entry(4), 10), commit.append(entry(5), 10)];
  expect(await Promise.all([...first, ...second])).toEqual([10, 11, 12, 13, 14]);
  expect(batches.flat()).toEqual([1, 2, 3, 4, 5]);
  expect(batches.length).toBeLessThan(5);
  await commit.close();
});

test('after a failed write everybody who waits is told; what comes then is counted from what is durable', async () => {
  let calls = 0;
  const commit = new GroupCommit(() => {
    calls += 1;
    return calls === 1 ? Promise.reject(Object.assign(new Error('i/o error'), { code: 'EIO' })) : Promise.resolve();
  });
  const waiting = [commit.append(entry(1), 7), commit.append(entry(2), 7)];
  for (const one of waiting)
    await expect(one).rejects.toMatchObject({ code: 'LOG_UNWRITABLE', facts: { cause: 'EIO' } });
  expect(calls).toBe(1);
  expect(await commit.append(entry(3), 7)).toBe(7);
  expect(await commit.append(entry(4), 8)).toBe(8);
  await commit.close();
});

test('a closed log takes nothing', async () => {
  const commit = new GroupCommit(() => Promise.resolve());
  const waiting = commit.append(entry(1), 0);
  await commit.close();
  expect(await waiting).toBe(0);
  await expect(commit.append(entry(2), 0)).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('whoever appends again as soon as the last one is durable is never left waiting', async () => {
  const commit = new GroupCommit(() => new Promise(setImmediate));
  const one = async (): Promise<void> => {
    for (let n = 0; n < 50; n++) await commit.append(entry(n), 0);
  };
  await Promise.all([one(), one(), one()]);
  await commit.close();
});
