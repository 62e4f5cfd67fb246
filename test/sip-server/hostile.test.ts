import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatSipMessage } from '../../src/sip/message/format-message.ts';
import { assertProperty } from '../support/assert-property.ts';
import { waitWhile } from '../support/wait-while.ts';
import { type Bench, openBench } from './board.ts';
import { ControlClient } from './control-client.ts';
import { PEER_SDP, type UdpPeer } from './udp-peer.ts';

let bench: Bench;
let app: ControlClient;
let peer: UdpPeer;
beforeAll(async () => {
  bench = await openBench({ burst: 1e9, maxCalls: 1e6 });
  app = await bench.application('invite', 'message');
  peer = await bench.peer();
  peer.ignoreMalformed = true;
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const METHODS = [
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'PRACK',
  'UPDATE',
  'INFO',
  'OPTIONS',
  'REFER',
  'MESSAGE',
  'NOTIFY',
  'X',
];
const NAMES = [
  'Contact',
  'Record-Route',
  'Require',
  'Supported',
  'Session-Expires',
  'Min-SE',
  'RAck',
  'Content-Type',
  'Route',
];
const VALUES = [
  '',
  '*',
  '<sip:a@b>',
  '<sip:a@b;lr>',
  'timer',
  '100rel',
  '90',
  '1;refresher=uas',
  '99999999999',
  '1 1 INVITE',
  'é',
  '"',
  ';',
  '<>',
  'application/sdp',
  '__proto__',
];

const request = fc.record({
  method: fc.constantFrom(...METHODS),
  cseq: fc.integer({ min: 0, max: 5 }),
  callId: fc.constantFrom('a', 'b', 'c'),
  tag: fc.constantFrom('', ';tag=x', 'ours'),
  headers: fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES), { maxKeys: 4 }),
  body: fc.constantFrom('', PEER_SDP, 'x'),
  /** Bytes overwritten on the way. */
  noise: fc.array(fc.tuple(fc.nat({ max: 600 }), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
});

const command = fc.oneof(
  fc.record({
    transaction: fc.constantFrom('', 'last', 'x'),
    dialog: fc.constantFrom('', 'a;from-tag=caller', 'b;from-tag=caller', 'x'),
    start: fc.constantFrom(
      'SIP/2.0 200 OK',
      'SIP/2.0 180 Ringing',
      'SIP/2.0 486 Busy',
      'SIP/2.0 100 x',
      'BYE sip:x SIP/2.0',
      'INVITE sip:x SIP/2.0',
      'ACK sip:x SIP/2.0',
      'CANCEL sip:x SIP/2.0',
      'INFO sip:x SIP/2.0',
      'PRACK sip:x SIP/2.0',
      'nonsense',
      '',
    ),
    headers: fc.dictionary(
      fc.constantFrom(...NAMES, 'From', 'To', 'Call-ID', 'CSeq', 'Via', 'bad name'),
      fc.constantFrom(...VALUES),
      { maxKeys: 4 },
    ),
    body: fc.constantFrom('', PEER_SDP, 'é'),
  }),
);

let ourTag = 'none';

describe('whatever far ends and applications send', () => {
  test('nothing throws, and the line goes on', async () => {
    let last = '';
    await assertProperty(
      fc.asyncProperty(fc.array(fc.tuple(request, command), { minLength: 1, maxLength: 10 }), async (steps) => {
        for (const [given, told] of steps) {
          const to = given.tag === 'ours' ? `<sip:bank@127.0.0.1>;tag=${ourTag}` : `<sip:bank@127.0.0.1>${given.tag}`;
          const bytes = formatSipMessage(peer.request(given.method, { ...given, to }));
          for (const [at, value] of given.noise) if (at < bytes.length) bytes[at] = value;
          peer.send(bytes);
          const headers = Object.entries(told.headers).map(([name, value]) => `${name}: ${value}\r\n`);
          const transaction = told.transaction === 'last' ? last : told.transaction;
          app.send(`sip|${transaction}|${told.dialog}\r\n${told.start}\r\n${headers.join('')}\r\n${told.body}`);
          bench.clock.advance(200);
        }
        await app.ask('ping');
        for (const payload of app.take()) {
          const [, type, , , , , , , id] = payload.split('|');
          if (type === 'sip' && id !== undefined) last = id;
          ourTag = /\r\nTo: [^\r]*tag=(\w+)/.exec(payload)?.[1] ?? ourTag;
        }
        peer.forget();
      }),
      { numRuns: 150 },
    );
    expect(bench.errors).toEqual([]);
    expect(bench.server.statistics().stack.userErrors).toBe(0);
    await using other = await ControlClient.open(bench.server.controlPort, 'wrong');
    await other.closed();
    expect(bench.server.statistics().applications).toBe(1);
    const calls = bench.server.statistics();
    // an hour later nothing is left but dialogs that nobody ended
    app.socket.destroy();
    await waitWhile(() => bench.server.statistics().applications > 0);
    bench.clock.advance(3_700_000);
    expect(calls.calls.offered).toBeGreaterThan(0);
    expect(bench.server.statistics()).toMatchObject({ dialogs: 0, incoming: 0, outgoing: 0 });
    expect(bench.server.statistics().stack).toMatchObject({ serverTransactions: 0, clientTransactions: 0 });
  });
});
