import { dirname, resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { isZone, localZone } from '../lib/local-time.ts';
import {
  type CallerRule,
  type DateInterval,
  type Gateway,
  type OpeningRule,
  REJECT_STATUSES,
  type RoutingTable,
  WEEKDAYS,
} from '../routing/routing-table.ts';
import { NUMBER } from './number-rules.ts';
import { entryName, readTable, refuseProblems, type TableProblem } from './read-table.ts';

/* Which calls go where: opening hours, inbound numbers, outbound routes. A YAML file of its own. */

const strict = { additionalProperties: false };
const number = Type.String({ pattern: NUMBER.source });
const numbers = Type.Array(number, { minItems: 1, maxItems: 1_000 });
const time = Type.String({ pattern: '^(?:[01]\\d|2[0-3]):[0-5]\\d$|^24:00$' });
const names = Type.Optional(Type.Array(entryName, { maxItems: 32 }));

const RuleSchema = Type.Object(
  { days: Type.Optional(Type.Array(Type.Enum([...WEEKDAYS]))), also: names, except: names, from: time, to: time },
  strict,
);
const InboundSchema = Type.Object(
  {
    numbers,
    hours: Type.Optional(entryName),
    dialplan: Type.Optional(Type.String({ minLength: 1 })),
    reject: Type.Optional(Type.Enum([...REJECT_STATUSES])),
  },
  strict,
);
const OutboundSchema = Type.Object(
  {
    numbers,
    gateways: Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$|^sip:[^\\s@]+$' }), {
      minItems: 1,
      maxItems: 8,
    }),
    strip: Type.Optional(Type.Integer({ minimum: 0, maximum: 15 })),
    prefix: Type.Optional(Type.String({ pattern: '^\\+?[\\d*#]{0,15}$' })),
    caller: Type.Optional(Type.String({ pattern: '^(?:original|line|\\+?\\d{3,15})$' })),
    assert: Type.Optional(Type.Boolean()),
  },
  strict,
);
const days = Type.Array(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d(?:/\\d{4}-\\d\\d-\\d\\d)?$' }));
const CalendarSchema = Type.Object(
  {
    days: Type.Optional(days),
    provisional: Type.Optional(days),
    announced_until: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$' })),
  },
  strict,
);
const RoutingSchema = Type.Object(
  {
    time_zone: Type.Optional(Type.String()),
    calendars: Type.Optional(Type.Record(entryName, Type.Union([days, CalendarSchema]))),
    hours: Type.Optional(Type.Record(entryName, Type.Array(RuleSchema, { minItems: 1 }))),
    inbound: Type.Optional(Type.Array(InboundSchema, { maxItems: 1_000 })),
    outbound: Type.Optional(Type.Array(OutboundSchema, { maxItems: 1_000 })),
  },
  strict,
);
type RoutingFile = Static<typeof RoutingSchema>;

/** What is known of a trunk here. */
interface KnownTrunk {
  readonly name: string;
  readonly domain: string;
}

/**
 * @param trunks - those that routes may name
 * @param country - code of the country in which numbers are written without one
 * @throws IvrError CONFIG_INVALID naming everything that is wrong
 */
export async function readRouting(file: string, trunks: readonly KnownTrunk[], country: string): Promise<RoutingTable> {
  const { yaml, value } = await readTable(file, 'routing.file', RoutingSchema, {});
  refuseProblems(file, yaml, contradictions(value, trunks));
  return tableOf(value, trunks, country, dirname(file));
}

function tableOf(file: RoutingFile, trunks: readonly KnownTrunk[], country: string, folder: string): RoutingTable {
  const { time_zone = localZone(), calendars = {}, hours = {}, inbound = [], outbound = [] } = file;
  return {
    country,
    timeZone: time_zone,
    calendars: mapped(calendars, (calendar) => daysOf(calendar).map(intervalOf)),
    outlooks: Object.fromEntries(
      Object.entries(calendars).flatMap(([name, calendar]) =>
        Array.isArray(calendar)
          ? []
          : [
              [
                name,
                {
                  announcedUntil: calendar.announced_until,
                  provisional: (calendar.provisional ?? []).map(intervalOf),
                },
              ],
            ],
      ),
    ),
    hours: mapped(hours, (rules) => rules.map(ruleOf)),
    inbound: inbound.map((route) => ({
      numbers: route.numbers,
      hours: route.hours,
      to: route.reject === undefined ? { dialplan: resolve(folder, route.dialplan ?? '') } : { reject: route.reject },
    })),
    outbound: outbound.map((route) => ({
      numbers: route.numbers,
      gateways: route.gateways.map((each) => gatewayOf(each, trunks)),
      strip: route.strip ?? 0,
      prefix: route.prefix ?? '',
      caller: callerOf(route.caller ?? 'original'),
      assert: route.assert ?? true,
    })),
  };
}

type CalendarFile = Static<typeof CalendarSchema> | Static<typeof days>;

/** Those that may yet change count until they do. */
const daysOf = (calendar: CalendarFile): readonly string[] =>
  Array.isArray(calendar) ? calendar : [...(calendar.days ?? []), ...(calendar.provisional ?? [])];

const mapped = <T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));

function intervalOf(text: string): DateInterval {
  const [first = '', last = first] = text.split('/');
  return { first, last };
}

const minutesOf = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
};

const ruleOf = ({ days = [], also = [], except = [], from, to }: Static<typeof RuleSchema>): OpeningRule => ({
  days,
  also,
  except,
  fromMinute: minutesOf(from),
  toMinute: minutesOf(to),
});

const gatewayOf = (named: string, trunks: readonly KnownTrunk[]): Gateway =>
  named.startsWith('sip:')
    ? { name: named, at: named.slice('sip:'.length) }
    : { name: named, at: trunks.find((trunk) => trunk.name === named)?.domain ?? named };

const callerOf = (text: string): CallerRule => (text === 'original' || text === 'line' ? text : { number: text });

function contradictions(file: RoutingFile, trunks: readonly KnownTrunk[]): readonly TableProblem[] {
  const { time_zone, calendars = {}, hours = {}, inbound = [], outbound = [] } = file;
  const problems: TableProblem[] = [];
  if (time_zone !== undefined && !isZone(time_zone))
    problems.push([['time_zone'], 'expects an IANA name such as Asia/Shanghai']);
  for (const [name, calendar] of Object.entries(calendars)) {
    const until = Array.isArray(calendar) ? [] : [calendar.announced_until ?? []].flat();
    for (const day of [...daysOf(calendar), ...until])
      if (!isInterval(day)) problems.push([['calendars', name], `expects dates that there are, not ${day}`]);
  }
  for (const [each, rules] of Object.entries(hours))
    for (const [n, rule] of rules.entries())
      problems.push(...ruleProblems(['hours', each, String(n)], rule, calendars));
  for (const [n, { hours: named, dialplan, reject }] of inbound.entries()) {
    const path = ['inbound', String(n)];
    if ((dialplan === undefined) === (reject === undefined))
      problems.push([path, 'expects dialplan or reject, one of them']);
    if (named !== undefined && hours[named] === undefined)
      problems.push([path, `names hours that there are not: ${named}`]);
  }
  for (const [n, { gateways }] of outbound.entries())
    for (const gateway of gateways)
      if (!gateway.startsWith('sip:') && !trunks.some((trunk) => trunk.name === gateway))
        problems.push([['outbound', String(n)], `names a trunk that is not in trunks.file: ${gateway}`]);
  return problems;
}

function ruleProblems(
  path: readonly string[],
  { days = [], also = [], except = [], from, to }: Static<typeof RuleSchema>,
  calendars: Readonly<Record<string, unknown>>,
): readonly TableProblem[] {
  const problems: TableProblem[] = [];
  if (days.length + also.length === 0) problems.push([path, 'expects days, or calendars in also']);
  if (from === to || from === '24:00') problems.push([path, 'expects a time from which it is open, and a later one']);
  for (const calendar of [...also, ...except])
    if (calendars[calendar] === undefined) problems.push([path, `names a calendar that there is not: ${calendar}`]);
  return problems;
}

function isInterval(text: string): boolean {
  const { first, last } = intervalOf(text);
  const isDate = (date: string): boolean =>
    !Number.isNaN(Date.parse(date)) && new Date(Date.parse(date)).toISOString().startsWith(date);
  return isDate(first) && isDate(last) && first <= last;
}
