import { describe, expect, test } from 'vitest';
import { wallMs } from '../../src/domain/units.ts';
import { routeInbound } from '../../src/routing/route-inbound.ts';
import { type OutboundParties, routeOutbound } from '../../src/routing/route-outbound.ts';
import type { OutboundRoute, RoutingTable } from '../../src/routing/routing-table.ts';
import { WEEKDAYS } from '../../src/routing/routing-table.ts';

const TABLE: RoutingTable = {
  country: '86',
  timeZone: 'UTC',
  calendars: {},
  outlooks: {},
  hours: { day: [{ days: [...WEEKDAYS], also: [], except: [], fromMinute: 480, toMinute: 1_080 }] },
  inbound: [
    { numbers: ['95588', '+8610*'], hours: 'day', to: { dialplan: '/day.yaml' } },
    { numbers: ['95588'], hours: undefined, to: { dialplan: '/night.yaml' } },
    { numbers: ['+8699*'], hours: undefined, to: { reject: 404 } },
  ],
  outbound: [],
};

describe('a call to us', () => {
  test.each([
    ['95588', '12:00', { dialplan: '/day.yaml' }],
    ['95588', '03:00', { dialplan: '/night.yaml' }],
    ['+861055550100', '12:00', { dialplan: '/day.yaml' }],
    ['+861055550100', '03:00', undefined],
    ['+8699', '12:00', { reject: 404 }],
    ['955881', '12:00', undefined],
    ['', '12:00', undefined],
  ])('of %j at %s', (called, time, expected) => {
    expect(routeInbound(TABLE, called, wallMs(Date.parse(`2026-11-30T${time}:00Z`)))).toEqual(expected);
  });
});

describe('a call of ours', () => {
  const route = (more: Partial<OutboundRoute> = {}): OutboundRoute => ({
    numbers: ['+86*'],
    gateways: [
      { name: 'carrier', at: 'carrier.example' },
      { name: 'backup', at: '10.0.0.5:5070;transport=tcp' },
    ],
    strip: 0,
    prefix: '',
    caller: 'original',
    assert: true,
    ...more,
  });
  const parties: OutboundParties = { caller: '+8613800138000', called: '95588', private: false };
  const ways = (more: Partial<OutboundRoute> = {}, who: Partial<OutboundParties> = {}) =>
    routeOutbound({ outbound: [route(more)], country: '86' }, '+861055550100', { ...parties, ...who });

  test('goes to the gateways of its route, in their order; a number without a route is not dialled', () => {
    expect(ways().map(({ uri }) => uri)).toEqual([
      'sip:+861055550100@carrier.example',
      'sip:+861055550100@10.0.0.5:5070;transport=tcp',
    ]);
    expect(routeOutbound({ outbound: [route()], country: '86' }, '+4930', parties)).toEqual([]);
  });

  test('has the number rewritten as the route says', () => {
    expect(ways({ strip: 3, prefix: '0' })[0]?.uri).toBe('sip:01055550100@carrier.example');
  });

  const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';
  test.each<[string, Partial<OutboundRoute>, Partial<OutboundParties>, string, Record<string, string>]>([
    [
      'the customer’s number, and by whom it was sent on',
      {},
      {},
      '<sip:+8613800138000@carrier.example>',
      { 'P-Asserted-Identity': '<tel:+8613800138000>', Diversion: '<tel:95588>;reason=unconditional' },
    ],
    [
      'nobody, where the customer does not want to be shown; the network is told all the same',
      {},
      { private: true },
      ANONYMOUS,
      {
        'P-Asserted-Identity': '<tel:+8613800138000>',
        Privacy: 'id',
        Diversion: '<tel:95588>;reason=unconditional',
      },
    ],
    [
      'nobody at all, to a network that is not trusted',
      { assert: false },
      { private: true },
      ANONYMOUS,
      { Privacy: 'id', Diversion: '<tel:95588>;reason=unconditional' },
    ],
    [
      'the line, by rule',
      { caller: 'line' },
      {},
      '<sip:95588@carrier.example>',
      { 'P-Asserted-Identity': '<tel:95588>' },
    ],
    [
      'the line, where the customer has no number',
      {},
      { caller: 'alice' },
      '<sip:95588@carrier.example>',
      { 'P-Asserted-Identity': '<tel:95588>' },
    ],
    [
      'one number always',
      { caller: { number: '+861055559999' } },
      { private: true },
      '<sip:+861055559999@carrier.example>',
      { 'P-Asserted-Identity': '<tel:+861055559999>' },
    ],
    ['nobody, where there is no number at all', {}, { caller: 'alice', called: 'bank' }, ANONYMOUS, {}],
  ])('shows %s', (_who, more, who, from, headers) => {
    const [first] = ways(more, who);
    expect(first).toMatchObject({ from, headers });
    expect(Object.keys(first?.headers ?? {}).toSorted()).toEqual(Object.keys(headers).toSorted());
  });

  test('writes nothing into a header that could end it, whatever a caller is called', () => {
    for (const caller of ['1>\r\nX: y', '"', '+86;x', ' 86'])
      expect(JSON.stringify(ways({}, { caller }))).not.toContain(JSON.stringify(caller).slice(1, -1));
  });
});
