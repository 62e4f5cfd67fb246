import { describe, expect, test } from 'vitest';
import { Counters } from '../../src/sip/counters.ts';
import { TimerWheel } from '../../src/sip/transaction/timer-wheel.ts';
import type { Flow } from '../../src/sip/transport/flow.ts';
import { EVERY_SOURCE, type Sources } from '../../src/sip/transport/sources.ts';
import { STREAM_LIMITS, type StreamLimits } from '../../src/sip/transport/stream-connection.ts';
import { openTcpTransport } from '../../src/sip/transport/transport-tcp.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Mailbox } from './mailbox.ts';
import { TcpPeer } from './peers.ts';
import { tcp } from './stack-tcp-setup.ts';

async function limited(limits: Partial<StreamLimits> = {}, sources: Pick<Sources, 'allows' | 'trusts'> = EVERY_SOURCE) {
  const clock = new ManualClock();
  const wheel = new TimerWheel(clock);
  const counters = new Counters();
  const received = new Mailbox<Flow>();
  const transport = await openTcpTransport({
    host: '127.0.0.1',
    port: 0,
    clock,
    wheel,
    limits: { ...STREAM_LIMITS, ...limits },
    sources,
    receive: (_bytes, flow) => received.put(flow),
    drop: (because) => counters.drop(because),
    onError: () => undefined,
  });
  const dropped = () =>
    counters.with({ serverTransactions: 0, clientTransactions: 0, pendingTimers: 0, tcpConnections: 0 }).dropped;
  return { clock, wheel, received, transport, dropped, [Symbol.asyncDispose]: () => transport.close() };
}

/** The peer's pings are answered, so the server knows of the connection. */
const known = async (peer: TcpPeer): Promise<void> => {
  peer.socket.write('\r\n\r\n');
  await peer.next();
};

describe('what a TCP connection may not do', () => {
  test('come from an address that may not come, or more often than its share', async () => {
    const strangers = { allows: () => true, trusts: () => false };
    await using setup = await limited({ connections: 8, ofStranger: 3 }, strangers);
    const peers: TcpPeer[] = [];
    for (let i = 0; i < 4; i++) {
      const peer = await TcpPeer.connect(setup.transport.port);
      peers.push(peer);
      if (i < 3) await known(peer);
    }
    await peers[3]?.closed;
    expect([setup.dropped(), setup.transport.connections]).toEqual([{ 'tcp-share': 1 }, 3]);
    peers[0]?.socket.destroy();
    await peers[0]?.closed;
    await expect.poll(() => setup.transport.connections).toBe(2);
    const again = await TcpPeer.connect(setup.transport.port);
    await known(again);
    for (const peer of [...peers, again]) await peer[Symbol.asyncDispose]();

    await using closed = await limited({}, { allows: () => false, trusts: () => false });
    await using refused = await TcpPeer.connect(closed.transport.port);
    await refused.closed;
    expect([closed.dropped(), closed.transport.connections]).toEqual([{ 'tcp-not-allowed': 1 }, 0]);
  });

  test('strangers have half of the connections at most, and make room for whom we trust', async () => {
    let trusted = false;
    await using setup = await limited(
      { connections: 4, ofStranger: 32 },
      { allows: () => true, trusts: () => trusted },
    );
    await using first = await TcpPeer.connect(setup.transport.port);
    await known(first);
    await using second = await TcpPeer.connect(setup.transport.port);
    await known(second);
    await using third = await TcpPeer.connect(setup.transport.port);
    await third.closed;
    expect(setup.dropped()).toEqual({ 'tcp-share': 1 });
    trusted = true;
    await using trunk = await TcpPeer.connect(setup.transport.port);
    await known(trunk);
    await using other = await TcpPeer.connect(setup.transport.port);
    await known(other);
    setup.clock.advance(15_000);
    await using more = await TcpPeer.connect(setup.transport.port);
    await more.closed; // nobody has been idle for a minute
    expect(setup.dropped()['tcp-connection-limit']).toBe(1);
  });

  test('stay by keep-alives alone', async () => {
    await using setup = await limited();
    await using peer = await TcpPeer.connect(setup.transport.port);
    peer.socket.write(tcp('OPTIONS'));
    await setup.received.next();
    for (let i = 0; i < 73; i++) {
      setup.clock.advance(100_000);
      if (!peer.socket.destroyed && i < 71) await known(peer);
    }
    await peer.closed;
    expect(setup.dropped()).toEqual({ 'tcp-idle': 1 });
  });

  test('say nothing at all', async () => {
    await using setup = await limited();
    await using peer = await TcpPeer.connect(setup.transport.port);
    await known(peer);
    setup.clock.advance(22_000);
    await peer.closed;
    expect([setup.dropped(), setup.wheel.pending]).toEqual([{ 'tcp-silent': 1 }, 0]);
  });

  test('send a message a byte a second', async () => {
    await using setup = await limited();
    await using peer = await TcpPeer.connect(setup.transport.port);
    peer.socket.write(tcp('OPTIONS'));
    await setup.received.next();
    const text = tcp('INFO');
    peer.socket.write(text.slice(0, 20));
    await known(await TcpPeer.connect(setup.transport.port));
    for (let i = 20; i < 34; i++) {
      setup.clock.advance(1_000);
      if (!peer.socket.destroyed) peer.socket.write(text.slice(i, i + 1));
    }
    await peer.closed;
    expect(setup.dropped()['tcp-slow']).toBe(1);
  });

  test('stay for ever; but two hours', async () => {
    await using setup = await limited();
    await using peer = await TcpPeer.connect(setup.transport.port);
    peer.socket.write(tcp('OPTIONS'));
    await setup.received.next();
    setup.clock.advance(7_000_000);
    expect(setup.transport.connections).toBe(1);
    setup.clock.advance(300_000);
    await peer.closed;
    expect(setup.dropped()).toEqual({ 'tcp-idle': 1 });
  });

  test('be more than the limit; the longest idle makes room when it has been idle for a minute', async () => {
    await using setup = await limited({ connections: 2 });
    await using first = await TcpPeer.connect(setup.transport.port);
    first.socket.write(tcp('OPTIONS'));
    await setup.received.next();
    await using second = await TcpPeer.connect(setup.transport.port);
    second.socket.write(tcp('OPTIONS'));
    await setup.received.next();
    await using third = await TcpPeer.connect(setup.transport.port);
    await third.closed;
    expect(setup.dropped()).toEqual({ 'tcp-connection-limit': 1 });
    setup.clock.advance(61_000);
    await known(second);
    await using fourth = await TcpPeer.connect(setup.transport.port);
    await first.closed;
    await known(fourth);
    expect([setup.dropped()['tcp-made-room'], setup.transport.connections]).toEqual([1, 2]);
  });

  test('never read what it asked for', async () => {
    await using setup = await limited();
    await using peer = await TcpPeer.connect(setup.transport.port);
    peer.socket.pause();
    peer.socket.write(tcp('OPTIONS'));
    const flow = await setup.received.next();
    const failures = new Mailbox<Error>();
    for (let i = 0; i < 200; i++) setup.transport.send(Buffer.alloc(100_000), flow, (error) => failures.put(error));
    await failures.next();
    expect(setup.dropped()['tcp-unread']).toBeGreaterThan(0);
  });

  test('take for ever to be opened', async () => {
    await using setup = await limited({ connectMs: 0 });
    const failures = new Mailbox<Error>();
    // A documentation address: no answer, or at once no route.
    setup.transport.send(Buffer.from('x'), { protocol: 'TCP', host: '192.0.2.1', port: 9 }, (error) =>
      failures.put(error),
    );
    setup.clock.advance(2_000);
    await failures.next();
    expect(setup.transport.connections).toBe(0);
  });
});
