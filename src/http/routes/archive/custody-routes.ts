import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Action } from '../../../staff/staff-service.ts';
import { signedInHolder } from '../../console/console-request.ts';
import type { FastifyRequest } from 'fastify';
import type { ArchiveRouteParts } from './recording-access.ts';

const MOST = 500;
const NOTHING = { purpose: '', ticket: '' };

/** Holds, destruction and policies. */
export function custodyRoutes({ staff, archive }: ArchiveRouteParts): FastifyPluginAsyncTypebox {
  const { holds, destruction, policies } = archive;
  const permit = (request: FastifyRequest, action: Action, what: string) =>
    staff.permit(signedInHolder(request).actor, action, { ids: [] }, NOTHING, { detail: { what } });
  return async (app) => {
    if (holds !== undefined) {
      app.get(
        '/api/archive/holds',
        {
          schema: {
            hide: true,
            querystring: Type.Object({ released: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
          },
        },
        async (request) => {
          await permit(request, 'hold.read', 'holds');
          return { holds: await holds.list({ released: request.query.released ?? false, limit: MOST }) };
        },
      );
      app.post(
        '/api/archive/holds',
        {
          schema: {
            hide: true,
            body: Type.Object(
              {
                caseNo: Type.String({ minLength: 1, maxLength: 120 }),
                reason: Type.String({ minLength: 5, maxLength: 500 }),
                recordings: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 500 }),
              },
              { additionalProperties: false },
            ),
          },
        },
        async (request) => {
          const { actor } = signedInHolder(request);
          const { caseNo, reason, recordings } = request.body;
          await staff.permit(actor, 'hold.place', { ids: recordings }, { purpose: reason, ticket: caseNo });
          return await holds.place({ caseNo, reason, recordings, by: actor.name });
        },
      );
    }
    if (destruction !== undefined) {
      app.get('/api/archive/destruction', { schema: { hide: true } }, async (request) => {
        await permit(request, 'policy.read', 'destruction');
        const [candidates, certificates] = await Promise.all([
          destruction.candidates(MOST),
          destruction.certificates(MOST, null),
        ]);
        return { candidates, certificates };
      });
    }
    if (policies !== undefined) {
      app.get('/api/archive/policies', { schema: { hide: true } }, async (request) => {
        await permit(request, 'policy.read', 'policies');
        return { policies: await policies.list() };
      });
      app.get(
        '/api/archive/policies/:id/history',
        { schema: { hide: true, params: Type.Object({ id: Type.String({ maxLength: 64 }) }) } },
        async (request) => {
          await permit(request, 'policy.read', 'history');
          return { versions: await policies.history(request.params.id) };
        },
      );
    }
  };
}
