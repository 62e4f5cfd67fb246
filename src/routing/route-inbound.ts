import type { WallMs } from '../domain/units.ts';
import { fitsNumber } from '../lib/number-pattern.ts';
import { isOpen } from './opening-hours.ts';
import type { InboundTarget, RoutingTable } from './routing-table.ts';

/** What becomes of a call to that number at that moment: the first route that fits counts. Undefined: no route says. */
export const routeInbound = (table: RoutingTable, called: string, at: WallMs): InboundTarget | undefined =>
  table.inbound.find(
    ({ numbers, hours }) =>
      numbers.some((number) => fitsNumber(number, called, table.country)) &&
      (hours === undefined || isOpen(table, hours, at)),
  )?.to;
