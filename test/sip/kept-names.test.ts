import { expect, test } from 'vitest';
import { deferred } from '../../src/lib/deferred.ts';
import { KeptNames } from '../../src/sip/transport/kept-names.ts';
import type { NameService, SrvRecord } from '../../src/sip/transport/name-service.ts';
import { ManualClock } from '../support/manual-clock.ts';

const record = (name: string): SrvRecord => ({ priority: 1, weight: 1, port: 5060, name });

function asked(answer: () => Promise<readonly SrvRecord[]>) {
  const questions: string[] = [];
  const clock = new ManualClock();
  const names: NameService = {
    naptr: async () => [],
    srv: (name) => {
      questions.push(name);
      return answer();
    },
    addresses: async (name) => (name === 'known.example' ? ['192.0.2.1', '192.0.2.2'] : []),
  };
  return { kept: new KeptNames(names, clock), clock, questions };
}

test('what was found is kept for 30 s, that there is nothing for 5 s', async () => {
  let found: readonly SrvRecord[] = [record('a')];
  const { kept, clock, questions } = asked(async () => found);
  expect(await kept.srv('x')).toEqual([record('a')]);
  clock.advance(29_999);
  expect(await kept.srv('x')).toEqual([record('a')]);
  expect(questions).toHaveLength(1);
  found = [];
  clock.advance(1);
  expect(await kept.srv('x')).toEqual([]);
  clock.advance(4_999);
  await kept.srv('x');
  expect(questions).toHaveLength(2);
  clock.advance(1);
  await kept.srv('x');
  expect(questions).toHaveLength(3);
});

test('two calls at once ask once', async () => {
  const { kept, questions } = asked(async () => [record('a')]);
  await Promise.all([kept.srv('x'), kept.srv('x')]);
  expect(questions).toEqual(['x']);
});

test('a name server that is silent keeps a call for 3 s; what it said last is used, or nothing is known', async () => {
  const silent = deferred<readonly SrvRecord[]>();
  let answer: () => Promise<readonly SrvRecord[]> = async () => [record('a')];
  const { kept, clock } = asked(() => answer());
  await kept.srv('x');
  clock.advance(30_000);
  answer = () => silent.promise;
  const [again, unknown] = [kept.srv('x'), kept.srv('y')];
  clock.advance(3_000);
  expect([await again, await unknown]).toEqual([[record('a')], []]);
});

test('a question is not asked again before its answer has come, however late that is', async () => {
  const late = deferred<readonly SrvRecord[]>();
  let answer: () => Promise<readonly SrvRecord[]> = async () => [record('a')];
  const { kept, clock, questions } = asked(() => answer());
  await kept.srv('x');
  clock.advance(30_000);
  answer = () => late.promise;
  const first = kept.srv('x');
  clock.advance(3_000);
  expect(await first).toEqual([record('a')]);
  for (let minute = 0; minute < 10; minute++) {
    clock.advance(60_000);
    expect(await kept.srv('x')).toEqual([record('a')]);
  }
  expect(questions).toHaveLength(2);
  late.resolve([record('b')]);
  await late.promise;
  expect(await kept.srv('x')).toEqual([record('b')]);
  expect(questions).toHaveLength(2);
});

test('a name server that fails leaves what it said last in use, and is asked again soon', async () => {
  let answer: () => Promise<readonly SrvRecord[]> = async () => [record('a')];
  const { kept, clock } = asked(() => answer());
  await kept.srv('x');
  clock.advance(30_000);
  answer = () => Promise.reject(new Error('SERVFAIL'));
  expect(await kept.srv('x')).toEqual([record('a')]);
  answer = async () => [record('b')];
  clock.advance(5_000);
  expect(await kept.srv('x')).toEqual([record('b')]);
});

test('the address of a name is there at once when it is known, and a name without one is told', async () => {
  const { kept } = asked(async () => []);
  expect(kept.address('192.0.2.9')).toBe('192.0.2.9');
  expect(await kept.address('known.example')).toBe('192.0.2.1');
  expect(kept.address('known.example')).toBe('192.0.2.1');
  await expect(kept.address('unknown.example')).rejects.toThrow('no address of unknown.example');
});

test('at most 256 names are kept', async () => {
  const { kept, questions } = asked(async () => [record('a')]);
  for (let n = 0; n < 257; n++) await kept.srv(`n${n}`);
  await kept.srv('n256');
  expect(questions).toHaveLength(257);
  await kept.srv('n0');
  expect(questions).toHaveLength(258);
});
