import { describe, expect, test } from 'vitest';
import type { OutboundWays } from '../../src/calls/call-services.ts';
import { userToUser } from '../../src/domain/user-to-user.ts';
import type { DialOutcome } from '../../src/signalling/signalling.ts';
import { FakeDialog } from './fake-dialog.ts';
import { type FakeLine, settled } from './fake-line.ts';
import { hungUp, ringing, transferEnded } from './transferred-line.ts';

const way = (gateway: string) => ({
  gateway,
  uri: `sip:+8610@${gateway}`,
  from: `<sip:95588@${gateway}>`,
  headers: { 'P-Asserted-Identity': '<tel:95588>' },
});
const WAYS: OutboundWays = (person) => (person.startsWith('tel:') ? [way('first'), way('second')] : undefined);
const byNumber = (): Promise<FakeLine> => ringing({ settings: { person: 'tel:+8610' }, outboundWays: WAYS });

const settle = async (line: FakeLine, n: number, outcome: DialOutcome): Promise<void> => {
  line.dialled[n]?.outcome.resolve(outcome);
  await settled();
};
const gateways = (line: FakeLine): string[] => line.dialled.map(({ request }) => request.uri.split('@')[1] ?? '');

describe('a person with a number', () => {
  test('is called by the first route, with the identity that it has; our own headers go along', async () => {
    const line = await byNumber();
    const { request } = line.dialled[0]!;
    expect(request).toMatchObject({ uri: 'sip:+8610@first', from: '<sip:95588@first>' });
    expect(request.headers).toMatchObject({ 'P-Asserted-Identity': '<tel:95588>', 'X-Contact-ID': expect.anything() });
    expect(line.fact('transfer-ringing')).toMatchObject({ to: 'tel:+**10' }); // the journal has no number in full
    await settle(line, 0, { outcome: 'busy', status: 486 });
    expect(gateways(line)).toEqual(['first']);
    expect(transferEnded(line)).toMatchObject({ outcome: 'busy' });
    await hungUp(line);
  });

  test.each<[string, DialOutcome]>([
    ['cannot serve the call', { outcome: 'failed', status: 503 }],
    ['does not take that number', { outcome: 'declined', status: 403 }],
  ])('is called by the next one when the first %s', async (_why, outcome) => {
    const line = await byNumber();
    await settle(line, 0, outcome);
    expect(gateways(line)).toEqual(['first', 'second']);
    line.at(1).emit({ type: 'rtp-began' });
    await settle(line, 1, { outcome: 'answered', dialog: new FakeDialog('agent answer') });
    expect(line.types('transfer-answered')).toEqual(['transfer-answered']);
    await hungUp(line);
  });

  test('is called by the next one when the first is silent for 12 s; one that rings has all its time', async () => {
    const line = await byNumber();
    line.clock.advance(12_000);
    await settled();
    expect(gateways(line)).toEqual(['first', 'second']);
    await hungUp(line);

    const rings = await byNumber();
    rings.dialled[0]?.request.onRinging?.();
    rings.clock.advance(12_000);
    await settled();
    expect(gateways(rings)).toEqual(['first']);
    await hungUp(rings);
  });

  test.each<[string, DialOutcome]>([
    ['says no', { outcome: 'declined', status: 603 }],
    ['is not there', { outcome: 'no-answer', status: 480 }],
    ['does not exist', { outcome: 'failed', status: 404 }],
  ])('who %s is not called again by another route', async (_what, outcome) => {
    const line = await byNumber();
    await settle(line, 0, outcome);
    expect(gateways(line)).toEqual(['first']);
    await hungUp(line);
  });

  test('when every route fails, the last one says why', async () => {
    const line = await byNumber();
    await settle(line, 0, { outcome: 'failed', status: 503 });
    await settle(line, 1, { outcome: 'failed', status: 500 });
    expect(transferEnded(line)).toMatchObject({ outcome: 'failed' });
    await hungUp(line);
  });

  test('the caller hangs up while the first route is tried: there is no second', async () => {
    const line = await byNumber();
    await hungUp(line);
    expect(gateways(line)).toEqual(['first']);
  });

  test('to whom no route leads is not called', async () => {
    const line = await ringing({ settings: { person: 'tel:+49' }, outboundWays: () => [] });
    expect(line.dialled).toEqual([]);
    expect(transferEnded(line)).toMatchObject({ outcome: 'failed' });
    await hungUp(line);
  });
});

test('a person with an address is called there, whatever the routes', async () => {
  const line = await ringing({ outboundWays: WAYS });
  expect(line.dialled[0]?.request).toMatchObject({ uri: 'sip:person@bank' });
  expect(line.dialled[0]?.request.from).toBeUndefined();
  expect(line.dialled[0]?.request.headers).toMatchObject({ 'P-Asserted-Identity': '<tel:+15550104567>' });
  await hungUp(line);
});

test('what the caller’s system says to the person’s goes along (RFC 7433), with our call and with a REFER; where it says nothing our call names the contact', async () => {
  const silent = await ringing({});
  const { 'User-to-User': named = '', 'X-Contact-ID': contact } = silent.dialled[0]?.request.headers ?? {};
  expect(named).toMatch(/^04[\da-f]+;encoding=hex;purpose=isdn-uui$/);
  expect(Buffer.from(named.split(';', 1)[0]?.slice(2) ?? '', 'hex').toString()).toBe(contact);
  expect(userToUser(named)).toBe(named);
  await hungUp(silent);
  const headers = { 'user-to-user': '56a390f3;encoding=hex' };
  const bridged = await ringing({ headers });
  expect(bridged.dialled[0]?.request.headers).toMatchObject({ 'User-to-User': '56a390f3;encoding=hex' });
  await hungUp(bridged);
  const referred = await ringing({ headers, settings: { personMethod: 'refer' } });
  expect(referred.dialog.referred[0]?.uri).toBe('sip:person@bank?User-to-User=56a390f3%3Bencoding%3Dhex');
  await hungUp(referred);
});
