import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Flow } from '../../src/sip/stack.ts';
import { Mailbox } from './mailbox.ts';
import { hasSipp, startSipp } from './sipp.ts';
import { call, openAnswering } from './user-agents.ts';

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/** SIPp says nowhere that it has opened its port. */
async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1');
    const up = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (up) return;
    await delay(20);
  }
}

describe.skipIf(!hasSipp)('SIPp', () => {
  test.each(['u1', 't1'])('100 calls from it over %s', async (transport) => {
    const { stack, seen, port } = await openAnswering();
    await using _stack = stack;
    await using sipp = await startSipp([
      '-sn',
      'uac',
      '-t',
      transport,
      '-m',
      '100',
      '-r',
      '50',
      '-d',
      '20',
      `127.0.0.1:${port}`,
    ]);
    expect(await sipp.status).toBe(0);
    expect(seen).toEqual({ invites: 100, acknowledged: 100, byes: 100, noAcks: 0 });
    expect(stack.statistics()).toMatchObject({
      dropped: {},
      refused: {},
      userErrors: 0,
      transportErrors: 0,
      unanswered: 0,
    });
  });

  test('60 calls from it, with every eighth message of either side lost', async () => {
    const { stack, seen, port } = await openAnswering();
    await using _stack = stack;
    await using sipp = await startSipp([
      '-sn',
      'uac',
      '-t',
      'u1',
      '-m',
      '60',
      '-r',
      '60',
      '-d',
      '20',
      '-lost',
      '12',
      `127.0.0.1:${port}`,
    ]);
    expect(await sipp.status).toBe(0);
    // Not the ACKs and BYEs: SIPp takes a repeated 200 of the INVITE for that of its BYE.
    expect([seen.invites, stack.statistics().retransmissionsReceived > 0]).toEqual([60, true]);
  });

  test.each(['UDP', 'TCP'] as const)('50 calls to it over %s', async (protocol) => {
    const { stack } = await openAnswering();
    await using _stack = stack;
    const to: Flow = { protocol, host: '127.0.0.1', port: await freePort() };
    await using sipp = await startSipp([
      '-sn',
      'uas',
      '-t',
      protocol === 'UDP' ? 'u1' : 't1',
      '-m',
      '50',
      '-p',
      String(to.port),
    ]);
    // Over UDP the first INVITEs are repeated until it listens.
    if (protocol === 'TCP') await listening(to.port);
    const outcomes = new Mailbox<string>();
    for (let number = 0; number < 50; number++) call(stack, to, number, outcomes);
    for (let i = 0; i < 50; i++) expect(await outcomes.next()).toBe('200');
    expect(await sipp.status).toBe(0);
  });
});
