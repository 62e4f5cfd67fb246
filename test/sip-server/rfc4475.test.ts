import { expect, test } from 'vitest';
import type { openUdpTransport } from '../../src/sip/transport/transport-udp.ts';
import { Mailbox } from '../sip/mailbox.ts';
import { headerOf } from '../sip/peers.ts';
import { TORTURE } from '../sip/rfc4475.ts';
import { openBench } from './board.ts';

/* The 49 messages of RFC 4475, sent to the whole server: what each is answered. */

/** A network whose far ends live where their messages say. */
function wire() {
  const sent = new Mailbox<string>();
  let receive: Parameters<typeof openUdpTransport>[0]['receive'] = () => undefined;
  const openUdp: typeof openUdpTransport = async (options) => {
    receive = options.receive;
    return {
      host: options.host,
      port: 5060,
      receiveBufferBytes: 0,
      send: (bytes) => sent.put(bytes.toString('utf8')),
      keepAlive: (_to, heard) => heard(undefined),
      close: async () => undefined,
    };
  };
  return {
    openUdp,
    sent,
    deliver: (bytes: Buffer) => receive(bytes, { protocol: 'UDP', host: '127.0.0.1', port: 5060 }),
  };
}

const PROBE = Buffer.from(
  'OPTIONS sip:bank@near SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKprobe\r\nFrom: <sip:a@far>;tag=probe\r\nTo: <sip:bank@near>\r\nCall-ID: probe\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n',
);

test.each(TORTURE)('$name, $what → $server', async ({ bytes, server }) => {
  const { openUdp, sent, deliver } = wire();
  await using bench = await openBench({ tcp: false, openUdp });
  const application = await bench.application('invite');
  deliver(bytes);
  if (server === 'offered') {
    await application.hearSip('INVITE');
    expect((await sent.next()).split('\r\n')[0]).toBe('SIP/2.0 100 Trying');
  } else if (server !== 'nothing') {
    const answer = await sent.next((text) => !text.startsWith('SIP/2.0 100'));
    expect(answer.split(' ')[1]).toBe(String(server));
    if (server === 405) expect(headerOf(answer, 'Allow')).toContain('INVITE');
    if (server === 420) expect(headerOf(answer, 'Unsupported')).toBe('nothingSupportsThis, nothingSupportsThisEither');
  }
  // whatever it was, the server answers the next one, and nothing else has come for the one before
  deliver(PROBE);
  await sent.next((text) => headerOf(text, 'Call-ID') === 'probe');
  expect(sent.waiting.filter((text) => !text.startsWith('SIP/2.0 100'))).toEqual([]);
  expect(bench.errors).toEqual([]);
});
