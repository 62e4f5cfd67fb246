import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRouting } from '../../src/config/routing-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tellerline-routing-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const TRUNKS = [{ name: 'carrier', domain: 'carrier.example' }];
async function read(text: string) {
  const file = join(folder, 'routing.yaml');
  await writeFile(file, text);
  return readRouting(file, TRUNKS, '86');
}

test('a whole file', async () => {
  const table = await read(`
time_zone: Asia/Shanghai
calendars: { holidays: ['2026-10-01/2026-10-07', '2027-01-01'] }
hours:
  office: [{ days: [mon, fri], except: [holidays], from: '09:00', to: '24:00' }]
inbound:
  - { numbers: ['95588'], hours: office, dialplan: day.yaml }
  - { numbers: ['*'], reject: 480 }
outbound:
  - { numbers: ['+86*'], gateways: [carrier, 'sip:10.0.0.5:5070'], strip: 3, prefix: '0', caller: line, assert: false }
  - { numbers: ['*'], gateways: [carrier], caller: '+8610' }
`);
  expect(table).toEqual({
    country: '86',
    timeZone: 'Asia/Shanghai',
    calendars: {
      holidays: [
        { first: '2026-10-01', last: '2026-10-07' },
        { first: '2027-01-01', last: '2027-01-01' },
      ],
    },
    outlooks: {},
    hours: { office: [{ days: ['mon', 'fri'], also: [], except: ['holidays'], fromMinute: 540, toMinute: 1_440 }] },
    inbound: [
      { numbers: ['95588'], hours: 'office', to: { dialplan: join(folder, 'day.yaml') } },
      { numbers: ['*'], hours: undefined, to: { reject: 480 } },
    ],
    outbound: [
      {
        numbers: ['+86*'],
        gateways: [
          { name: 'carrier', at: 'carrier.example' },
          { name: 'sip:10.0.0.5:5070', at: '10.0.0.5:5070' },
        ],
        strip: 3,
        prefix: '0',
        caller: 'line',
        assert: false,
      },
      {
        numbers: ['*'],
        gateways: [{ name: 'carrier', at: 'carrier.example' }],
        strip: 0,
        prefix: '',
        caller: { number: '+8610' },
        assert: true,
      },
    ],
  });
});

test('a calendar says how far it is announced, and which days may yet change; these count until they do', async () => {
  const { calendars, outlooks } = await read(`
calendars:
  holidays: { days: ['2026-10-01/2026-10-07'], provisional: ['2027-02-06'], announced_until: '2026-12-31' }
  make-up: ['2026-10-10']
`);
  expect(calendars['holidays']?.map(({ first }) => first)).toEqual(['2026-10-01', '2027-02-06']);
  expect(outlooks).toEqual({
    holidays: { announcedUntil: '2026-12-31', provisional: [{ first: '2027-02-06', last: '2027-02-06' }] },
  });
});

test('an empty file routes nothing', async () => {
  expect(await read('')).toMatchObject({ inbound: [], outbound: [] });
});

test.each([
  ['time_zone: Mars/Olympus', /line 1: time_zone expects an IANA name/],
  ["calendars: { a: { announced_until: '2026-02-30' } }", /calendars\.a expects dates that there are, not 2026-02-30/],
  ["calendars: { a: ['2026-02-30'] }", /calendars\.a expects dates that there are, not 2026-02-30/],
  ["calendars: { a: ['2026-10-07/2026-10-01'] }", /expects dates that there are/],
  ["hours: { a: [{ from: '09:00', to: '17:00' }] }", /hours\.a\.0 expects days/],
  ["hours: { a: [{ days: [mon], from: '09:00', to: '09:00' }] }", /expects a time from which it is open/],
  ["hours: { a: [{ days: [mon], except: [b], from: '09:00', to: '10:00' }] }", /names a calendar that there is not: b/],
  ["hours: { a: [{ days: [monday], from: '09:00', to: '10:00' }] }", /line 1: hours\.a\.0\.days\.0/],
  ["inbound: [{ numbers: ['1'] }]", /inbound\.0 expects dialplan or reject/],
  ["inbound: [{ numbers: ['1'], reject: 200 }]", /inbound\.0\.reject/],
  ["inbound:\n  - { numbers: ['1'], hours: x, reject: 404 }", /line 2: inbound\.0 names hours that there are not: x/],
  ["outbound: [{ numbers: ['1'], gateways: [other] }]", /names a trunk that is not in trunks\.file: other/],
  ["outbound: [{ numbers: ['1'], gateways: [carrier], caller: anybody }]", /outbound\.0\.caller/],
  ['inbound: [', /routing\.yaml, line 1/],
  ['routes: []', /routing\.yaml, line 1/],
])('%j is refused, with its place', async (text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});
