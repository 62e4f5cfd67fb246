import type { Socket } from 'node:net';
import type { FastifyPluginAsync } from 'fastify';
import type { Networks } from '../../lib/networks.ts';
import type { Limiter } from '../admit-request.ts';
import type { ConsoleOptions } from '../console/open-console.ts';
import type { CallHistory, Subscribe } from '../sources.ts';
import type { DemoCustomer } from './demo-customer.ts';
import { newcomerRoutes } from './newcomer-routes.ts';
import type { BrowserTelephones } from './telephones.ts';
import { sipSocketRoutes } from './web-sockets.ts';

export interface BrowserOptions {
  readonly telephones: BrowserTelephones;
  /** Whether browsers on this machine may call without an account. */
  readonly newcomer: boolean;
  /** Whom they may be then; none where a real bank is behind the line. */
  readonly customer?: DemoCustomer;
  readonly subscribe: Subscribe;
  readonly calls: CallHistory;
}

/** What telephones in browsers need of the web server; the console's own ask `/api/staff/telephone`. */
export function browserRoutes(
  { telephones, newcomer, customer, subscribe, calls }: BrowserOptions,
  { console, version }: { readonly console?: ConsoleOptions; readonly version: string },
  {
    proxies,
    limiter,
    hold,
  }: { readonly proxies: Networks; readonly limiter: Limiter; readonly hold: (socket: Socket) => void },
): FastifyPluginAsync {
  return async (app) => {
    await app.register(sipSocketRoutes(telephones, { proxies, limiter, hold }));
    if (!newcomer || console === undefined) return;
    const { staff, archive } = console;
    await app.register(newcomerRoutes({ telephones, subscribe, calls, staff, archive, version, customer }, limiter));
  };
}
