import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Staff } from '../../../staff/open-staff.ts';
import { NOTHING_STATED } from '../../../staff/staff-service.ts';
import { signedInHolder } from '../../console/console-request.ts';

const PAGE = 100;

/** The audit trail, for auditors; that it was read is a row of its own. */
export function auditRoutes(staff: Staff): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/api/staff/audit',
      {
        schema: {
          hide: true,
          querystring: Type.Object(
            {
              target: Type.Optional(Type.String({ maxLength: 64 })),
              actor: Type.Optional(Type.String({ maxLength: 120 })),
              action: Type.Optional(Type.String({ maxLength: 60 })),
              since: Type.Optional(Type.Integer({ minimum: 0 })),
              until: Type.Optional(Type.Integer({ minimum: 0 })),
              before: Type.Optional(Type.Integer({ minimum: 1 })),
            },
            { additionalProperties: false },
          ),
        },
      },
      async (request) => {
        const { actor } = signedInHolder(request);
        await staff.permit(actor, 'audit.read', { ids: [] }, NOTHING_STATED, { detail: { ...request.query } });
        return { rows: await staff.audit.list({ ...request.query, limit: PAGE }) };
      },
    );
    app.post('/api/staff/audit/verify', { schema: { hide: true } }, async (request) => {
      const { actor } = signedInHolder(request);
      await staff.permit(actor, 'audit.read', { ids: [] }, NOTHING_STATED, { detail: { what: 'verify' } });
      return await staff.audit.verify();
    });
  };
}
