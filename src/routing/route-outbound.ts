import { numberAsIn } from '../lib/number-pattern.ts';
import type { CallerRule, OutboundRoute, RoutingTable } from './routing-table.ts';

/** Whose call it is that we make. */
export interface OutboundParties {
  /** Who called us. */
  readonly caller: string;
  /** The number of ours that was called. */
  readonly called: string;
  /** The caller does not want its number to be shown. */
  readonly private: boolean;
}

/** One way to dial, the next one when it fails. */
export interface OutboundLeg {
  /** Of the gateway, for logs. */
  readonly gateway: string;
  readonly uri: string;
  /** The From header. */
  readonly from: string;
  readonly headers: Readonly<Record<string, string>>;
}

const NUMBER = /^\+?\d{3,15}$/;

/**
 * The ways to a number, in the order in which to try: those of the first route that fits, each gateway once. Empty: no route
 * leads there, and the number is not dialled.
 */
export function routeOutbound(
  { outbound, country }: Pick<RoutingTable, 'outbound' | 'country'>,
  number: string,
  parties: OutboundParties,
): readonly OutboundLeg[] {
  const found = routeFor(outbound, number, country);
  if (found === undefined) return [];
  const { route, written } = found;
  const dialled = `${route.prefix}${written.slice(route.strip)}`;
  return route.gateways.map(({ name, at }) => ({
    gateway: name,
    uri: `sip:${dialled}@${at}`,
    ...identity(route, at.split(/[:;]/, 1)[0] ?? at, parties),
  }));
}

/** The first that fits, and the number as that route writes it: what is taken off its beginning is the same for whoever dials it otherwise. */
function routeFor(
  routes: readonly OutboundRoute[],
  number: string,
  country: string,
): { readonly route: OutboundRoute; readonly written: string } | undefined {
  for (const route of routes)
    for (const pattern of route.numbers) {
      const written = numberAsIn(pattern, number, country);
      if (written !== undefined) return { route, written };
    }
  return undefined;
}

/** Who the far end is told is calling (RFC 3323, RFC 3325), and whose line sent the call on (RFC 5806). */
function identity(
  { caller: rule, assert }: OutboundRoute,
  domain: string,
  parties: OutboundParties,
): Pick<OutboundLeg, 'from' | 'headers'> {
  const shown = shownNumber(rule, parties);
  const isOriginal = shown !== undefined && shown === parties.caller && rule === 'original';
  const hidden = isOriginal && parties.private;
  const asserted = shown !== undefined && (!hidden || assert) ? { 'P-Asserted-Identity': `<tel:${shown}>` } : {};
  return {
    from: shown === undefined || hidden ? '"Anonymous" <sip:anonymous@anonymous.invalid>' : `<sip:${shown}@${domain}>`,
    headers: {
      ...asserted,
      ...(hidden ? { Privacy: 'id' } : {}),
      ...(isOriginal && NUMBER.test(parties.called)
        ? { Diversion: `<tel:${parties.called}>;reason=unconditional` }
        : {}),
    },
  };
}

/** A caller who has no number, or hides it from us too, is shown as the line. */
function shownNumber(rule: CallerRule, { caller, called }: OutboundParties): string | undefined {
  if (typeof rule === 'object') return rule.number;
  if (rule === 'original' && NUMBER.test(caller)) return caller;
  return NUMBER.test(called) ? called : undefined;
}
