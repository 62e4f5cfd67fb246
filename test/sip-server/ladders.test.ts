import { expect, test } from 'vitest';
import { wallMs } from '../../src/domain/units.ts';
import { formatSipMessage } from '../../src/sip/message/format-message.ts';
import { SipHeaders } from '../../src/sip/message/headers.ts';
import type { SipMessage } from '../../src/sip/message/message.ts';
import { Ladders } from '../../src/sip-server/ladders.ts';

const FLOW = { protocol: 'UDP', host: '192.0.2.7', port: 5060 } as const;
const CONTACT = '0193a0c4-0000-7000-8000-000000000001';

interface Asked {
  readonly callId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly cseq?: number;
  readonly branch?: string;
  readonly contact?: string;
  readonly more?: string;
}

function message(what: string | number, asked: Asked = {}): SipMessage {
  const { callId = 'call-1', from = 'caller', to, cseq = 1, branch = `z9hG4bK${cseq}`, contact, more } = asked;
  const method = typeof what === 'string' ? what : 'INVITE';
  const headers = new SipHeaders([
    ['Via', `SIP/2.0/UDP 192.0.2.7;branch=${branch}`],
    ['From', `<sip:+8613912345678@192.0.2.7>;tag=${from}`],
    ['To', `<sip:bank@192.0.2.1>${to === undefined ? '' : `;tag=${to}`}`],
    ['Call-ID', callId],
    ['CSeq', `${cseq} ${method}`],
  ]);
  if (contact !== undefined) headers.set('X-Contact-ID', contact);
  if (more !== undefined) headers.set('User-Agent', more);
  const body = new Uint8Array(0);
  return typeof what === 'string'
    ? { kind: 'request', method: what, uri: 'sip:bank@192.0.2.1', headers, body }
    : { kind: 'response', status: what, reason: 'Reason', headers, body };
}

function open(limits?: ConstructorParameters<typeof Ladders>[1]) {
  let at = 1_000;
  const ladders = new Ladders({ wall: () => wallMs(at++) }, limits);
  const into = (what: string | number, asked: Asked = {}): void => ladders.received(message(what, asked), FLOW);
  const out = (what: string | number, asked: Asked = {}): void =>
    ladders.sent(formatSipMessage(message(what, asked)), FLOW);
  const seen = (take = false, callIds = ['call-1'], contact = CONTACT) => ladders.read({ callIds, contact, take });
  const lines = (...given: Parameters<typeof seen>): string[] =>
    seen(...given).steps.map(
      ({ direction, start_line }) => `${direction} ${start_line.replace(/ sip:.*| Reason/, '')}`,
    );
  /** The call of a caller, answered by us with the tag `bank`. */
  const called = (callId = 'call-1'): void => {
    into('INVITE', { callId });
    out(100, { callId });
    ladders.keep(callId);
    out(200, { callId, to: 'bank' });
  };
  return { ladders, into, out, seen, lines, called };
}

test('a call from INVITE to BYE, each message once with how often it was repeated', () => {
  const { into, out, lines, seen, called } = open();
  into('INVITE');
  called();
  into('ACK', { to: 'bank', branch: 'z9hG4bKack' });
  out(200, { to: 'bank' });
  into('BYE', { to: 'bank', cseq: 2 });
  expect(lines()).toEqual(['in INVITE', 'out SIP/2.0 100', 'out SIP/2.0 200', 'in ACK', 'in BYE']);
  expect(seen().steps.map(({ repeated }) => repeated)).toEqual([1, 0, 1, 0, 0]);
});

test('calls that we make for a contact are told with its caller’s, others are not', () => {
  const { into, out, lines, called } = open();
  called();
  out('INVITE', { callId: 'ours', from: 'us', contact: CONTACT });
  into(180, { callId: 'ours', from: 'us', to: 'person' });
  out('INVITE', { callId: 'other', from: 'us', contact: CONTACT.replace(/1$/, '2') });
  out('OPTIONS', { callId: 'probe', from: 'us' });
  into(200, { callId: 'probe', from: 'us', to: 'x' });
  expect(lines()).toEqual(['in INVITE', 'out SIP/2.0 100', 'out SIP/2.0 200', 'out INVITE', 'in SIP/2.0 180']);
  expect(lines(false, [], 'nobody')).toEqual([]);
});

test('whoever knows the Call-ID and no tag of the dialog adds nothing', () => {
  const { into, lines, called } = open();
  called();
  for (const what of ['INFO', 'BYE', 'INVITE', 'ACK'])
    for (const to of ['guessed', undefined])
      into(what, { from: 'stranger', ...(to === undefined ? {} : { to }), cseq: 9 });
  into(200, { from: 'guessed', to: 'x', cseq: 9 });
  expect(lines()).toEqual(['in INVITE', 'out SIP/2.0 100', 'out SIP/2.0 200']);
});

test('INVITEs that no application was given push out each other alone', () => {
  const { into, lines, called, ladders } = open({ dialogs: 10, offered: 4, characters: 1_000_000 });
  called();
  for (let n = 0; n < 100; n++) into('INVITE', { callId: `spam-${n}` });
  ladders.keep('spam-0');
  expect(ladders.dialogs).toBe(1);
  expect(lines(false, ['spam-0'])).toEqual([]);
  expect(lines()).toHaveLength(3);
  ladders.keep('spam-99');
  expect(lines(false, ['spam-99'])).toEqual(['in INVITE']);
});

test('of a call that never stops talking its beginning and its end are there, and the rest is counted', () => {
  const { into, lines, seen, called } = open();
  called();
  for (let cseq = 2; cseq < 10_000; cseq++) into('INFO', { to: 'bank', cseq });
  into('BYE', { to: 'bank', cseq: 10_000 });
  expect(seen().steps.length).toBeLessThanOrEqual(64);
  expect(seen().steps.length + seen().omitted).toBe(3 + 9_998 + 1);
  expect([lines()[0], lines().at(-1)]).toEqual(['in INVITE', 'in BYE']);
});

test('one message has 4,000 characters at most, and all calls together what is allowed', () => {
  const { into, called, seen, ladders } = open({ dialogs: 1_000, offered: 4, characters: 40_000 });
  for (let n = 0; n < 500; n++) called(`call-${n}`);
  into('INFO', { to: 'bank', cseq: 2, more: 'x'.repeat(50_000) });
  const of = (n: number) => seen(false, [`call-${n}`]);
  const all = Array.from({ length: 500 }, (_, n) => of(n));
  const written = JSON.stringify(all.flatMap(({ steps }) => steps.map(({ headers, body }) => [headers, body]))).length;
  expect(written).toBeLessThan(60_000);
  expect(all.some(({ omitted }) => omitted > 0)).toBe(true);
  // what was taken has room again
  for (let n = 0; n < 500; n++) seen(true, [`call-${n}`]);
  expect(ladders.dialogs).toBe(0);
  called('later');
  expect(seen(false, ['later']).steps).toHaveLength(3);
});

test('more calls than there is room for: the oldest go', () => {
  const { called, lines, ladders } = open({ dialogs: 3, offered: 4, characters: 1_000_000 });
  for (let n = 0; n < 5; n++) called(`call-${n}`);
  expect(ladders.dialogs).toBe(3);
  expect([lines(false, ['call-0']), lines(false, ['call-4'])].map(({ length }) => length)).toEqual([0, 3]);
});
