import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { signedInHolder } from '../../console/console-request.ts';
import { permitReading } from './permit-reading.ts';
import type { ArchiveRouteParts } from './recording-access.ts';

const MOST = 500;

/** Legal holds: placed by one person, at once; released by two (`request-routes.ts`). */
export function holdRoutes({ staff, archive: { holds } }: ArchiveRouteParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    if (holds === undefined) return;
    app.get(
      '/api/archive/holds',
      {
        schema: {
          hide: true,
          querystring: Type.Object({ released: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
        },
      },
      async (request) => {
        await permitReading(staff, request, 'hold.read', 'holds');
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
  };
}
