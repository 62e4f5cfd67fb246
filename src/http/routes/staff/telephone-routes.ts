import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { BrowserTelephones } from '../../browser/telephones.ts';
import { signedInHolder } from '../../console/console-request.ts';

/** The telephone of whoever is signed in: credentials that hold for minutes, and are fetched again while the session lasts. */
export function telephoneRoutes(telephones: Pick<BrowserTelephones, 'issue'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post('/api/staff/telephone', { schema: { hide: true } }, async (request) =>
      telephones.issue(signedInHolder(request).actor.name),
    );
  };
}
