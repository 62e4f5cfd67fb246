import { expect, test } from 'vitest';
import { type Check, gaugesOf, type Part } from '../../src/app/part.ts';
import { sumParts } from '../../src/app/sum-parts.ts';
import { missingIn, watchChecks } from '../../src/app/watch-checks.ts';
import { ms } from '../../src/domain/units.ts';
import { silentLogger } from '../../src/lib/logger.ts';

const ok = (name: string): Check => ({ name, state: 'ok', stops: 'line' });
const one: Part = { name: 'one', checks: () => [ok('one')], gauges: gaugesOf({ a: 'A' }, () => ({ a: 1 })) };
const two: Part = {
  name: 'two',
  checks: () => Promise.resolve([ok('two 1'), { name: 'two 2', state: 'down', stops: 'nothing' }]),
  gauges: gaugesOf({ b: 'B', c: 'C' }, () => Promise.resolve({ b: 2, c: 3 })),
  routes: [async () => undefined],
};

test('the sum is what all parts say, in their order', async () => {
  const sum = sumParts([one, two, { name: 'three' }], silentLogger);
  expect(sum.gauges.help).toEqual({ a: 'A', b: 'B', c: 'C' });
  expect(await sum.gauges.read()).toEqual({ a: 1, b: 2, c: 3 });
  expect((await sum.checks()).map(({ name, state }) => [name, state])).toEqual([
    ['one', 'ok'],
    ['two 1', 'ok'],
    ['two 2', 'down'],
  ]);
  expect(sum.routes).toHaveLength(1);
});

test('no gauge and no part is named twice', () => {
  expect(() => sumParts([one, { ...two, gauges: one.gauges! }], silentLogger)).toThrow('the gauge a');
  expect(() => sumParts([one, { ...two, name: 'one' }], silentLogger)).toThrow('the part one');
});

test('a part that breaks or hangs costs nobody else anything, and the line is not ready', async () => {
  const hangs: Part = {
    name: 'hangs',
    checks: () => new Promise(() => undefined),
    gauges: gaugesOf({ h: 'H' }, () => new Promise(() => undefined)),
  };
  const breaks: Part = {
    name: 'breaks',
    checks: () => {
      throw new Error('broken');
    },
    gauges: gaugesOf({ x: 'X' }, () => Promise.reject(new Error('broken'))),
  };
  const sum = sumParts([hangs, breaks, one], silentLogger, ms(20));
  expect(await sum.gauges.read()).toEqual({ h: Number.NaN, x: Number.NaN, a: 1 });
  const checks = await sum.checks();
  expect(checks).toEqual([
    { name: 'hangs', state: 'no answer', stops: 'line' },
    { name: 'breaks', state: 'no answer', stops: 'line' },
    ok('one'),
  ]);
  expect(missingIn(checks)).toBe('no answer');
});

test('only what the line cannot do without is missing', () => {
  expect(missingIn([ok('a'), { name: 'b', state: 'down', stops: 'nothing' }])).toBeUndefined();
  expect(missingIn([ok('a'), { name: 'b', state: 'gone', stops: 'line' }])).toBe('gone');
});

test('probes in any number read the checks once; then they are read again and again', async () => {
  let readings = 0;
  const read = async (): Promise<readonly Check[]> => {
    readings += 1;
    return [ok('one')];
  };
  {
    using watch = await watchChecks(read, ms(60_000));
    await Promise.all(Array.from({ length: 1_000 }, () => watch.now()));
    expect(readings).toBe(1);
    expect(watch.latest).toEqual([ok('one')]);
  }
  using watch = await watchChecks(read, ms(1));
  await new Promise<void>((resolve) => watch.onRead(resolve));
  expect(readings).toBeGreaterThan(2);
});
