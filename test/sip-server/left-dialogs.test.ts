import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ms, seconds } from '../../src/domain/units.ts';
import { readDialogRecord } from '../../src/sip-server/dialog-record.ts';
import { openBench } from './board.ts';
import { PEER_SDP, UdpPeer } from './udp-peer.ts';

/* What a run leaves behind, the next one ends. A server that is closed says nothing to its far ends, as a killed one. */

const ANSWER = `SIP/2.0 200 OK\r\nContent-Length: ${PEER_SDP.length}\r\n\r\n${PEER_SDP}`;

let folder: string;
let ledger: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'left-'));
  ledger = join(folder, 'dialogs');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The peer calls and is answered; its ACK is not sent yet. */
async function called(peer: UdpPeer, to: Awaited<ReturnType<typeof openBench>>, headers: Record<string, string> = {}) {
  const app = await to.application('invite');
  peer.send(peer.request('INVITE', { body: PEER_SDP, headers }));
  const offered = await app.hearSip('INVITE');
  await app.ask(`sip|${offered.fields[7] ?? ''}|\r\n${ANSWER}`);
  const tag = (await peer.hearResponse(200)).headers.get('To') ?? '';
  return {
    tag,
    acknowledge: async () => {
      peer.send(peer.request('ACK', { to: tag }));
      await app.hearSip('ACK');
    },
  };
}

const written = (): string => readFileSync(ledger, 'utf8');

test.each([
  ['200', 200],
  ['481', 481],
  ['nothing', undefined],
])(
  'a BYE by the routes, its CSeq far ahead, no name in the file; forgotten when %s comes back',
  async (_what, status) => {
    let port = 0;
    let tag = '';
    await using peer = await (async () => {
      await using before = await openBench({ ledger });
      port = before.server.sipAddresses[0]!.port;
      const far = await UdpPeer.open({ host: '127.0.0.1', port });
      const route = `<sip:127.0.0.1:${far.port};lr>`;
      const call = await called(far, before, { 'Record-Route': route, Contact: '<sip:caller@192.0.2.1>' });
      await call.acknowledge();
      ({ tag } = call);
      return far;
    })();
    expect(written()).toMatch(/^\+\tsip\tcall-1;from-tag=caller\t\{.*\}\n$/);
    expect(written()).not.toContain('"Caller');
    const before = readDialogRecord(written().trim().split('\t')[3] ?? '');

    await using after = await openBench({ ledger, port });
    expect(after.server.statistics()).toMatchObject({ left: 1, dialogs: 0 });
    const bye = await peer.hearRequest('BYE');
    expect(bye.uri).toBe('sip:caller@192.0.2.1');
    expect(bye.headers.all('Route')).toEqual([`<sip:127.0.0.1:${peer.port};lr>`]);
    expect(bye.headers.get('From')).toBe(`<sip:bank@127.0.0.1>${/;tag=.*/.exec(tag)?.[0] ?? ''}`);
    expect(bye.headers.get('To')).toBe('<sip:+15551234@127.0.0.1>;tag=caller');
    expect(bye.headers.get('Via')).toContain(`127.0.0.1:${port}`);
    expect(Number.parseInt(bye.headers.get('CSeq') ?? '', 10)).toBeGreaterThan((before?.state.localCSeq ?? 0) + 1_000);
    if (status === undefined) after.clock.advance(seconds(33));
    else peer.respond(bye, status);
    await expect.poll(written).toBe('');
    expect(after.errors).toEqual([]);
  },
);

test('a call that was never acknowledged is not in it, nor one that is over', async () => {
  await using bench = await openBench({ ledger, ackWithin: ms(500) });
  const peer = await bench.peer();
  const call = await called(peer, bench);
  expect(written()).toBe('');
  await call.acknowledge();
  await expect.poll(written).toContain('call-1');
  peer.send(peer.request('BYE', { cseq: 2, to: call.tag }));
  await expect.poll(written).toBe('');
});

test('what is no record of a dialog is passed over', () => {
  for (const text of ['', 'null', '1', '{}', '{"state":{}}', '{"state":{"callId":1}}', '{"state":'])
    expect(readDialogRecord(text)).toBeUndefined();
});
