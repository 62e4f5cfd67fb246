import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ms, seconds } from '../../src/domain/units.ts';
import { readDialogRecord } from '../../src/sip-server/dialog-record.ts';
import { readInviteRecord } from '../../src/sip-server/invite-record.ts';
import { LOOPBACK_TRUSTED } from '../../src/sip-server/signalling-server.ts';
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
    app,
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
      await before.server.close();
      return far;
    })();
    expect(written()).toMatch(
      /^\+\tsip\tcall-1;from-tag=caller\t\{"invite.*\}\n\+\tsip\tcall-1;from-tag=caller\t\{"state.*\}\n$/,
    );
    expect(written()).not.toContain('"Caller');
    const before = readDialogRecord(written().trim().split('\t').at(-1) ?? '');

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

/** Everybody is a stranger. */
const STRANGERS = { ...LOOPBACK_TRUSTED, trusted: [] };

test('a call is in it from its INVITE to its end, once; what rings and is given up, or refused, leaves it', async () => {
  await using bench = await openBench({ ledger });
  const peer = await bench.peer();
  const call = await called(peer, bench);
  await expect.poll(written).toMatch(/^\+.*"invite"[^\n]*\n\+.*"confirmed"[^\n]*\n$/);
  await call.acknowledge();
  peer.send(peer.request('BYE', { cseq: 2, to: call.tag }));
  await expect.poll(written).toBe('');

  const { app } = call;
  peer.send(peer.request('INVITE', { callId: 'given-up', branch: 'one', body: PEER_SDP }));
  await app.hearSip('INVITE');
  await expect.poll(written).toContain('given-up');
  peer.send(peer.request('CANCEL', { callId: 'given-up', branch: 'one' }));
  await peer.hearResponse(487);
  await expect.poll(written).toBe('');

  peer.send(peer.request('INVITE', { callId: 'refused', body: PEER_SDP }));
  const offered = await app.hearSip('INVITE');
  await app.ask(`sip|${offered.fields[7] ?? ''}|\r\nSIP/2.0 486 Busy Here\r\nContent-Length: 0\r\n\r\n`);
  await peer.hearResponse(486);
  await expect.poll(written).toBe('');
});

/** A run that dies with an INVITE of the peer in it: answered or not, and never acknowledged. */
async function leave(answered: boolean, options: Parameters<typeof openBench>[0] = {}) {
  await using before = await openBench({ ledger, ...options });
  const { port } = before.server.sipAddresses[0]!;
  const peer = await UdpPeer.open({ host: '127.0.0.1', port });
  if (answered) await called(peer, before);
  else {
    const app = await before.application('invite');
    peer.send(peer.request('INVITE', { body: PEER_SDP }));
    await app.hearSip('INVITE');
  }
  await expect.poll(written).toContain(answered ? '"confirmed"' : '"invite"');
  await before.server.close(); // before its application goes, which would end the call
  return { peer, port };
}

test('an INVITE that still rang gets 503 from the next run, thrice, with the tag of before', async () => {
  const { peer, port } = await leave(false);
  await using _peer = peer;
  const [, tag = ''] = /;tag=(\w+)>?"/.exec(written().slice(written().indexOf('"To"'))) ?? [];
  expect(written()).not.toContain('"Caller');
  await peer.hearResponse(100);
  await using after = await openBench({ ledger, port });
  expect(after.server.statistics().left).toBe(1);
  for (const later of [0, 500, 1_000]) {
    after.clock.advance(ms(later));
    const refused = await peer.hearResponse(503);
    expect(refused.headers.get('CSeq')).toBe('1 INVITE');
    expect(refused.headers.get('To')).toBe(`<sip:bank@127.0.0.1>;tag=${tag}`);
    expect(refused.headers.get('Via')).toContain(`127.0.0.1:${peer.port};branch=`);
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
  }
  await expect.poll(written).toBe('');
  after.clock.advance(seconds(40));
  expect(peer.unheard).toEqual([]);
  expect(after.errors).toEqual([]);
});

test.each([
  ['one that is trusted', {}, 2],
  ['a stranger, once: its address may be forged', { sources: STRANGERS }, 1],
])('an answer that nobody acknowledged: the next run sends BYE to %s', async (_whom, options, times) => {
  const { peer, port } = await leave(true, options);
  await using _peer = peer;
  await using after = await openBench({ ledger, port, ...options });
  await peer.hearRequest('BYE');
  after.clock.advance(ms(600));
  if (times === 2) await peer.hearRequest('BYE');
  after.clock.advance(seconds(40));
  await expect.poll(written).toBe('');
  if (times === 1) expect(peer.unheard).not.toContain('BYE');
});

test('what is no record of a dialog or of an INVITE is passed over', () => {
  for (const text of ['', 'null', '1', '{}', '{"state":{}}', '{"state":{"callId":1}}', '{"state":'])
    expect(readDialogRecord(text)).toBeUndefined();
  const to = '"replyTo":{"protocol":"UDP","host":"127.0.0.1","port":5060}';
  for (const text of ['', 'null', '1', '{}', '{"invite":[]}', `{"invite":1,${to}}`, `{"invite":[["X","y"]],${to}}`])
    expect(readInviteRecord(text)).toBeUndefined();
});
