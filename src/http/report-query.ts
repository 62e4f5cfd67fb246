import { Type } from 'typebox';
import { IvrError } from '../domain/error.ts';
import { dayAround, isZone, startOfDate } from '../lib/local-time.ts';
import type { ReportQuery } from './sources.ts';

const DAY_MS = 86_400_000;
/** Of what is not asked for more closely. */
const USUAL_DAYS = { day: 400, '15min': 31 } as const;
/** Of one answer. */
const MOST_DAYS = { day: 3_660, '15min': 93 } as const;

export const ReportQuerySchema = Type.Object(
  {
    of: Type.Optional(Type.Enum(['queue', 'agent'], { default: 'queue' })),
    interval: Type.Optional(Type.Enum(['15min', 'day'], { default: 'day' })),
    zone: Type.Optional(
      Type.String({ maxLength: 64, description: 'time zone of the days, such as Asia/Shanghai; UTC' }),
    ),
    from: Type.Optional(
      Type.String({
        maxLength: 32,
        description:
          'ISO 8601, of the first quarter of an hour, or a date in that zone; days are whole ones. 400 days ago, or 31 for quarters of an hour',
      }),
    ),
    until: Type.Optional(
      Type.String({ maxLength: 32, description: 'ISO 8601, excluded; of days the last one is whole. Now' }),
    ),
    format: Type.Optional(Type.Enum(['json', 'csv'], { default: 'json' })),
  },
  { additionalProperties: false },
);

interface Asked {
  readonly of?: string;
  readonly interval?: string;
  readonly zone?: string;
  readonly from?: string;
  readonly until?: string;
}

/** @param now - Unix ms @throws IvrError USAGE naming what is wrong */
export function reportQuery({ of, interval: asked, zone = 'UTC', from, until }: Asked, now: number): ReportQuery {
  if (!isZone(zone)) throw new IvrError('USAGE', `${zone} is not a time zone; expected one such as Asia/Shanghai`);
  const interval = asked === '15min' ? asked : 'day';
  const end = until === undefined ? now + 1 : momentOf('until', until, zone);
  const begin = from === undefined ? end - USUAL_DAYS[interval] * DAY_MS : momentOf('from', from, zone);
  if (begin >= end) throw new IvrError('USAGE', 'from is not before until');
  if (end - begin > MOST_DAYS[interval] * DAY_MS)
    throw new IvrError('USAGE', `expected at most ${MOST_DAYS[interval]} days of ${interval} lines in one report`);
  const days = interval === 'day';
  return {
    of: of === 'agent' ? of : 'queue',
    interval,
    zone,
    // half a day in a line of its own would be taken for the numbers of that day
    from: days ? dayAround(begin, zone).from : begin,
    until: days ? dayAround(end - 1, zone).until : end,
  };
}

const LATEST = Date.UTC(2200, 0, 1);
const DATE = /^\d{4}-\d\d-\d\d$/;

function momentOf(name: string, text: string, zone: string): number {
  const at = Date.parse(text);
  if (!(at >= 0 && at < LATEST))
    throw new IvrError('USAGE', `${name} is not a time in ISO 8601, such as 2026-11-30T08:00:00Z or 2026-11-30`);
  return DATE.test(text) ? startOfDate(text, zone) : at;
}
