import type { FastifyPluginAsync } from 'fastify';
import { isNewcomer } from './browser/newcomer-request.ts';
import { builtPage } from './console/console-pages.ts';
import { isLocal } from './console/console-request.ts';
import { NEWCOMER_POLICY, newcomerPage } from './newcomer-page.ts';
import type { ConsoleOptions } from './console/open-console.ts';

interface HomeOptions {
  readonly console?: ConsoleOptions;
  readonly browsers?: { readonly newcomer: boolean };
  readonly version: string;
  readonly tokenFile?: string;
}

/** `/`: for a browser on this machine the page for newcomers, for others the console. */
export function homeRoutes({ console, browsers, version, tokenFile = '' }: HomeOptions): FastifyPluginAsync {
  return async (app) => {
    const page =
      console === undefined || browsers?.newcomer !== true
        ? undefined
        : await builtPage(console.folder, 'newcomer.html', 'own');
    app.get('/', { schema: { hide: true } }, async (request, reply) => {
      if (console === undefined) return await reply.redirect('/docs');
      if (!isLocal(request)) return await reply.redirect('/console');
      if (page !== undefined && isNewcomer(request)) return page(reply);
      const accounts = (await console.staff.accounts.list()).length > 0;
      return await reply
        .header('Content-Security-Policy', NEWCOMER_POLICY)
        .type('text/html; charset=utf-8')
        .send(newcomerPage({ version, accounts, tokenFile }, request.headers['accept-language'] ?? ''));
    });
  };
}
