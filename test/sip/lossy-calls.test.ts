import { networkInterfaces } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { SipStack } from '../../src/sip/stack.ts';
import { lossyUdp } from '../support/lossy-udp.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Mailbox } from './mailbox.ts';
import { call, openAnswering } from './user-agents.ts';

/** The same "losses" in every run (a linear congruential generator). */
function losing(share: number): () => boolean {
  let state = 4711;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 < share;
  };
}

const left = (stack: SipStack) => {
  const { serverTransactions, clientTransactions, pendingTimers } = stack.statistics();
  return { serverTransactions, clientTransactions, pendingTimers };
};

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

test.skipIf(!hasIpv6).each(['UDP', 'TCP'] as const)('a call over %s and IPv6', async (protocol) => {
  const { stack: near, seen } = await openAnswering({ host: '::1' });
  const { stack: far } = await openAnswering({ host: '::' });
  await using _near = near;
  await using _far = far;
  const outcomes = new Mailbox<string>();
  const to = { protocol, host: '::1', port: near.addresses[0]?.port ?? 0 };
  expect(far.viaHost(to).host).toBe('::1');
  call(far, to, 1, outcomes);
  expect([await outcomes.next(), seen.acknowledged]).toEqual(['200', 1]);
});

describe('many calls between two stacks', () => {
  test.each([0, 0.05, 0.12])(
    '300 over UDP, %f of the datagrams lost in each direction: all complete, nothing is left',
    async (share) => {
      const clock = new ManualClock();
      const { stack: near, seen } = await openAnswering({ clock, tcp: false, openUdp: lossyUdp(losing(share)) });
      const { stack: far } = await openAnswering({ clock, tcp: false });
      await using _near = near;
      await using _far = far;
      const outcomes = new Mailbox<string>();
      const to = { protocol: 'UDP', host: '127.0.0.1', port: near.addresses[0]?.port ?? 0 } as const;
      for (let number = 0; number < 300; number++) {
        call(far, to, number, outcomes);
        if (number % 10 === 9) await turn();
      }
      for (let passed = 0; passed < 70_000 && outcomes.waiting.length < 300; passed += 250) {
        for (let i = 0; i < 10; i++) await turn();
        clock.advance(250);
      }
      expect(outcomes.waiting.filter((outcome) => outcome !== '200')).toEqual([]);
      expect([outcomes.waiting.length, seen.invites, seen.byes]).toEqual([300, 300, 300]);
      expect(far.statistics().retransmissionsSent > 0).toBe(share > 0);
      // Every timer of RFC 3261 has run out after two times 64*T1; what is on its way then is answered in between.
      for (let passed = 0; passed < 70_000; passed += 1_000) {
        await turn();
        clock.advance(1_000);
      }
      const nothing = { serverTransactions: 0, clientTransactions: 0, pendingTimers: 0 };
      expect([left(near), left(far), clock.pending]).toEqual([nothing, nothing, 0]);
    },
  );
});
