import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Logger } from '../../../lib/logger.ts';
import type { Staff } from '../../../staff/open-staff.ts';
import { NOTHING_STATED } from '../../../staff/staff-service.ts';
import { signedInHolder } from '../../console/console-request.ts';

const MOST = 200;

/** Break-glass: an alarm when it is used, and a review by somebody else. */
export function emergencyRoutes(staff: Staff, logger: Logger): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/api/staff/break-glass',
      {
        schema: {
          hide: true,
          body: Type.Object(
            {
              recording: Type.String({ minLength: 1, maxLength: 64 }),
              purpose: Type.String({ maxLength: 500 }),
              ticket: Type.String({ maxLength: 120 }),
            },
            { additionalProperties: false },
          ),
        },
      },
      async (request) => {
        const { actor } = signedInHolder(request);
        const { recording, purpose, ticket } = request.body;
        await staff.permit(actor, 'break-glass.use', { ids: [recording] }, { purpose, ticket });
        const emergency = await staff.emergencies.begin(actor.id, recording, purpose, ticket);
        logger.error(
          { recording, account: actor.name },
          'ALARM: break-glass access to a recording; it must be reviewed',
        );
        return emergency;
      },
    );
    app.get('/api/staff/break-glass', { schema: { hide: true } }, async (request) => {
      const { actor } = signedInHolder(request);
      await staff.permit(actor, 'break-glass.review', { ids: [] }, NOTHING_STATED, { detail: { what: 'list' } });
      const names = new Map((await staff.accounts.list()).map(({ id, name }) => [id, name]));
      const list = await staff.emergencies.list(MOST);
      return {
        emergencies: list.map((each) => ({
          ...each,
          account: names.get(each.account) ?? each.account,
          own: each.account === actor.id,
        })),
      };
    });
    app.post(
      '/api/staff/break-glass/:id/review',
      {
        schema: {
          hide: true,
          params: Type.Object({ id: Type.String({ maxLength: 36 }) }),
          body: Type.Object(
            { verdict: Type.Enum(['justified', 'unjustified']), note: Type.String({ maxLength: 500 }) },
            { additionalProperties: false },
          ),
        },
      },
      async (request) => {
        const { actor } = signedInHolder(request);
        const { id } = request.params;
        await staff.permit(actor, 'break-glass.review', { ids: [id] }, NOTHING_STATED, {
          detail: { verdict: request.body.verdict },
        });
        await staff.emergencies.review(id, actor.id, request.body.verdict, request.body.note);
        return { reviewed: true };
      },
    );
  };
}
