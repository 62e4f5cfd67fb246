import { expect, test } from 'vitest';
import type { Flow } from '../../src/sip/stack.ts';
import type { KeepAliveAnswer } from '../../src/sip/transport/keep-alive.ts';
import { TrunkKeepAlive } from '../../src/sip-server/trunk-keep-alive.ts';
import { ManualClock } from '../support/manual-clock.ts';

const UDP: Flow = { protocol: 'UDP', host: '192.0.2.1', port: 5060 };
const TCP: Flow = { ...UDP, protocol: 'TCP', connection: 3 };

function watching(to: Flow) {
  const clock = new ManualClock();
  const asked: ((answer: KeepAliveAnswer | undefined) => void)[] = [];
  let broken = 0;
  const keepAlive = new TrunkKeepAlive({
    every: 30,
    clock,
    stack: { keepAlive: (_to, heard) => void asked.push(heard) },
    onBroken: () => broken++,
  });
  keepAlive.watch(to);
  return {
    keepAlive,
    clock,
    /** @returns whether it was asked for */
    answer: (answer: KeepAliveAnswer | undefined): boolean => {
      clock.advance(30_000);
      const heard = asked.shift();
      heard?.(answer);
      return heard !== undefined;
    },
    broken: () => broken,
  };
}

test('asks every 24 to 30 s; while there are answers nothing happens', () => {
  const { clock, answer, broken, keepAlive } = watching(UDP);
  expect(answer({ seenAs: '198.51.100.1:5060' })).toBe(true);
  expect(answer({ seenAs: '198.51.100.1:5060' })).toBe(true);
  expect(broken()).toBe(0);
  keepAlive.stop();
  clock.advance(100_000);
  expect(clock.pending).toBe(0);
});

test('over UDP: another address of ours breaks the way', () => {
  const { answer, broken } = watching(UDP);
  answer({ seenAs: '198.51.100.1:5060' });
  answer({ seenAs: '198.51.100.1:40000' });
  expect(broken()).toBe(1);
});

test('over UDP: who has never answered knows no STUN; who has answered and is silent is gone', () => {
  const { answer, broken } = watching(UDP);
  expect([answer(undefined), answer(undefined), broken()]).toEqual([true, true, 0]);
  answer({ seenAs: undefined });
  answer(undefined);
  expect(broken()).toBe(1);
});

test('over TCP: silence breaks the way; an answer that comes after that counts for nothing', () => {
  const { answer, broken } = watching(TCP);
  answer({ seenAs: undefined });
  answer(undefined);
  expect(broken()).toBe(1);
  expect(answer({ seenAs: undefined })).toBe(false);
});
