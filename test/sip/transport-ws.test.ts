import { beforeEach, describe, expect, test } from 'vitest';
import { ms } from '../../src/domain/units.ts';
import type { MessageLink } from '../../src/lib/message-link.ts';
import { TimerWheel } from '../../src/sip/transaction/timer-wheel.ts';
import type { Flow } from '../../src/sip/transport/flow.ts';
import { WsTransport } from '../../src/sip/transport/transport-ws.ts';
import { ManualClock } from '../support/manual-clock.ts';

class FakeLink implements MessageLink {
  readonly host: string;
  readonly port = 1234;
  readonly secure: boolean;
  readonly sent: string[] = [];
  proved = false;
  closed = false;

  constructor(host: string, secure = false) {
    this.host = host;
    this.secure = secure;
  }

  send(message: Uint8Array): void {
    this.sent.push(Buffer.from(message).toString());
  }

  prove(): void {
    this.proved = true;
  }

  close(): void {
    this.closed = true;
  }
}

let clock: ManualClock;
let transport: WsTransport;
let received: { readonly text: string; readonly flow: Flow }[];
let dropped: string[];
beforeEach(() => {
  clock = new ManualClock();
  received = [];
  dropped = [];
  transport = new WsTransport({
    clock,
    wheel: new TimerWheel(clock),
    sources: { allows: (host) => host !== '10.9.9.9', trusts: (host) => host === '127.0.0.1' },
    receive: (message, flow) => received.push({ text: Buffer.from(message).toString(), flow }),
    drop: (because) => dropped.push(because),
  });
});

describe('SIP over WebSocket', () => {
  test('a frame is a message; the answer goes back over the connection that it came by', () => {
    const [one, other] = [new FakeLink('10.0.0.1', true), new FakeLink('10.0.0.1')];
    transport.accept(one).onMessage(Buffer.from('OPTIONS …'));
    transport.accept(other).onMessage(Buffer.from('INVITE …'));
    expect(received.map(({ flow }) => flow.protocol)).toEqual(['WSS', 'WS']);
    transport.send(Buffer.from('200'), received[0]!.flow, () => undefined);
    expect([one.sent, other.sent]).toEqual([['200'], []]);
  });

  test('a keep-alive is answered and is no message (RFC 5626)', () => {
    const link = new FakeLink('10.0.0.1');
    const user = transport.accept(link);
    user.onMessage(Buffer.from('\r\n\r\n'));
    user.onMessage(Buffer.from('\r\n'));
    expect([link.sent, received]).toEqual([['\r\n'], []]);
  });

  test('who has not proved anything within 20 s goes; who has stays for as long as it likes', () => {
    const [silent, known] = [new FakeLink('10.0.0.1'), new FakeLink('10.0.0.1')];
    transport.accept(silent);
    transport.accept(known).onMessage(Buffer.from('REGISTER …'));
    transport.prove(received[0]!.flow);
    expect(known.proved).toBe(true);
    clock.advance(ms(19_000));
    expect(silent.closed).toBe(false);
    clock.advance(ms(3_000));
    expect([silent.closed, known.closed]).toEqual([true, false]);
    clock.advance(ms(3_600_000));
    expect(known.closed).toBe(false);
    expect(dropped).toContain('ws-unproved');
  });

  test('one address has its share of connections without proof; proved and trusted ones do not count', () => {
    const open = (host: string): FakeLink => {
      const link = new FakeLink(host);
      transport.accept(link).onMessage(Buffer.from('REGISTER …'));
      return link;
    };
    const eight = Array.from({ length: 8 }, () => open('10.0.0.1'));
    expect(eight.every(({ closed }) => !closed)).toBe(true);
    expect(open('10.0.0.1').closed).toBe(true);
    expect(open('10.0.0.2').closed).toBe(false);
    transport.prove(received[0]!.flow);
    expect(open('10.0.0.1').closed).toBe(false);
    expect(Array.from({ length: 20 }, () => open('127.0.0.1')).some(({ closed }) => closed)).toBe(false);
    expect(open('10.9.9.9').closed).toBe(true);
    expect(dropped).toEqual(['ws-share', 'ws-not-allowed']);
  });

  test('a browser that has gone is reached no more, and whoever sends is told', async () => {
    const link = new FakeLink('10.0.0.1');
    const user = transport.accept(link);
    user.onMessage(Buffer.from('INVITE …'));
    user.onClosed();
    expect(transport.connections).toBe(0);
    const failed = new Promise<Error>((resolve) => transport.send(Buffer.from('BYE'), received[0]!.flow, resolve));
    expect(await failed).toMatchObject({ code: 'ENDPOINT_CLOSED' });
    expect(link.sent).toEqual([]);
  });

  test('its end closes them all', () => {
    const link = new FakeLink('10.0.0.1');
    transport.accept(link);
    transport.close();
    expect(link.closed).toBe(true);
    const late = new FakeLink('10.0.0.1');
    transport.accept(late);
    expect(late.closed).toBe(true);
  });
});
