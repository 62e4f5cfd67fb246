/* Which calls go where, as values. The configuration reads them from a file. */

/** From the first day to the last, both included: `2026-10-01`. */
export interface DateInterval {
  readonly first: string;
  readonly last: string;
}

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Minutes of some days. `to` not after `from`: until that time of the day after. */
export interface OpeningRule {
  readonly days: readonly Weekday[];
  /** Names of calendars whose days count as well, whatever weekday they are. */
  readonly also: readonly string[];
  /** Names of calendars whose days do not count. */
  readonly except: readonly string[];
  /** 0…1439 */
  readonly fromMinute: number;
  /** 1…1440 */
  readonly toMinute: number;
}

/** What becomes of a call to us. */
export interface InboundRoute {
  /** As they are called, in any spelling, or their beginning and `*`. */
  readonly numbers: readonly string[];
  /** Name of the hours in which it counts; undefined: always. */
  readonly hours: string | undefined;
  readonly to: InboundTarget;
}

export type InboundTarget = { readonly dialplan: string } | { readonly reject: RejectStatus };

/** 404: there is no such number. 480: nobody is there now. 486: busy. 603: declined. */
export const REJECT_STATUSES = [404, 480, 486, 603] as const;
export type RejectStatus = (typeof REJECT_STATUSES)[number];

/** Whose number a person, or who is called for a customer, is shown. A number: always that one. */
export type CallerRule = 'original' | 'line' | { readonly number: string };

/** How calls of ours to numbers leave. */
export interface OutboundRoute {
  /** As they are dialled, in any spelling, or their beginning and `*`. */
  readonly numbers: readonly string[];
  /** The preferred one first. */
  readonly gateways: readonly Gateway[];
  /** Digits that are taken off at the beginning of the number, and what is put there. */
  readonly strip: number;
  readonly prefix: string;
  readonly caller: CallerRule;
  /** The far end may be told who calls although the caller does not want to be shown (RFC 3325). */
  readonly assert: boolean;
}

/** `host`, or `host:port;transport=…`: what stands behind the @ of the URI that is called. */
export interface Gateway {
  readonly name: string;
  readonly at: string;
}

/** What is not final in a calendar: who announces holidays does so some weeks before a year, and may change them. */
export interface CalendarOutlook {
  /** The last date that is known to be one of its days or none: `2026-12-31`. Undefined: whatever is not in it is none. */
  readonly announcedUntil: string | undefined;
  /** Of its days those that may yet change. */
  readonly provisional: readonly DateInterval[];
}

export interface RoutingTable {
  /** Code of the country in which numbers are written without one, such as `86`. */
  readonly country: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly calendars: Readonly<Record<string, readonly DateInterval[]>>;
  /** Of calendars that say it. */
  readonly outlooks: Readonly<Record<string, CalendarOutlook>>;
  readonly hours: Readonly<Record<string, readonly OpeningRule[]>>;
  readonly inbound: readonly InboundRoute[];
  readonly outbound: readonly OutboundRoute[];
}
