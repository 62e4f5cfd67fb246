import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { refusal } from '../../src/domain/admission.ts';
import { Counters } from '../../src/sip/counters.ts';
import { parseSipMessage } from '../../src/sip/message/parse-message.ts';
import { responseTo } from '../../src/sip/message/response-to.ts';
import { TimerWheel } from '../../src/sip/transaction/timer-wheel.ts';
import { TransactionLayer } from '../../src/sip/transaction/transaction-layer.ts';
import { EVERY_SOURCE, type Sources } from '../../src/sip/transport/sources.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { requestText } from './peers.ts';
import { TORTURE } from './rfc4475.ts';

const FLOW = { protocol: 'UDP', host: '192.0.2.9', port: 5060 } as const;

/** A layer without a network, whose user answers everything at once with the statuses given, in turn. */
function openLayer(statuses: readonly number[], sources: Sources = EVERY_SOURCE) {
  const clock = new ManualClock();
  const wheel = new TimerWheel(clock);
  const counters = new Counters();
  const sent: Buffer[] = [];
  let answered = 0;
  let thrown = 0;
  const layer = new TransactionLayer(
    {
      wheel,
      counters,
      user: {
        onRequest(transaction) {
          const status = statuses[answered++ % statuses.length] ?? 200;
          transaction.respond(responseTo(transaction.request, status, undefined, transaction.localTag));
        },
        onAck: () => undefined,
        onCancel: () => undefined,
        onNoAck: () => undefined,
        onTransactionEnd: () => undefined,
      },
      observer: undefined,
      send: (bytes) => void sent.push(bytes),
      call: (run) => {
        try {
          run();
          return true;
        } catch {
          thrown++;
          return false;
        }
      },
    },
    { sources, isOurs: () => false },
  );
  return { layer, clock, wheel, sent, thrown: () => thrown };
}

const change = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.option(fc.nat()) });
const plain = (['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS'] as const).map((method) =>
  Buffer.from(requestText(method)),
);
const original = fc.constantFrom(...plain, ...TORTURE.map(({ bytes }) => bytes));
const datagram = fc.tuple(original, fc.option(change, { freq: 2 })).map(([bytes, changed]) => {
  if (changed === null) return bytes;
  const copy = Buffer.from(bytes);
  copy[changed.at % copy.length] = changed.byte;
  return changed.cut === null ? copy : copy.subarray(0, changed.cut % copy.length);
});

test('good, bad and mutilated messages in any order: nothing throws, all that is sent is SIP, nothing is left', () => {
  const final = fc.constantFrom(200, 404, 486, 603);
  fc.assert(
    fc.property(
      fc.array(datagram, { maxLength: 40 }),
      fc.array(final, { minLength: 1, maxLength: 4 }),
      (datagrams, statuses) => {
        const { layer, clock, wheel, sent, thrown } = openLayer(statuses);
        for (const bytes of datagrams) {
          layer.receive(bytes, 'datagram', FLOW);
          clock.advance(20);
        }
        clock.advance(40_000);
        expect([layer.servers.size, layer.clients.size, wheel.pending, clock.pending, thrown()]).toEqual([
          0, 0, 0, 0, 0,
        ]);
        // A refusal repeats what was wrong, so it may be as malformed; but its head has an end and its length is right.
        for (const bytes of sent) {
          expect(bytes.toString('latin1')).toMatch(
            /^SIP\/2\.0 \d{3} [^\r\n]*\r\nVia: [^]*\r\nContent-Length: 0\r\n\r\n$/,
          );
          expect(parseSipMessage(bytes, 'stream').ok).not.toBe('refuse');
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('a To tag is no way round the sources that may register', () => {
  const { layer, sent } = openLayer([200], { ...EVERY_SOURCE, admit: () => refusal('not-allowed') });
  for (const [n, To] of ['<sip:agents@bank.example>', '<sip:agents@bank.example>;tag=x'].entries()) {
    const text = requestText('REGISTER', { To, Via: `SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK${n}` });
    layer.receive(Buffer.from(text), 'datagram', FLOW);
  }
  expect(sent.map((bytes) => bytes.toString('latin1').slice(0, 11))).toEqual(['SIP/2.0 403', 'SIP/2.0 403']);
});
