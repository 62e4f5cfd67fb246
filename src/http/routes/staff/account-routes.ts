import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { DATA_LEVELS } from '../../../domain/data-level.ts';
import { IvrError } from '../../../domain/error.ts';
import { shown } from '../../../staff/accounts.ts';
import type { Staff } from '../../../staff/open-staff.ts';
import { NOTHING_STATED, ROLES, type StaffActor } from '../../../staff/staff-service.ts';
import { signedInHolder } from '../../console/console-request.ts';

const Roles = Type.Array(Type.Enum([...ROLES]), { minItems: 1, maxItems: ROLES.length });
const Attributes = Type.Object(
  {
    queues: Type.Array(Type.String({ minLength: 1, maxLength: 80 }), { maxItems: 100 }),
    level: Type.Enum([...DATA_LEVELS]),
    maxAgeDays: Type.Union([Type.Integer({ minimum: 1, maximum: 36_500 }), Type.Null()]),
  },
  { additionalProperties: false },
);
const FullName = Type.String({ maxLength: 120 });
const Password = Type.String({ minLength: 1, maxLength: 200 });
const Params = Type.Object({ id: Type.String({ maxLength: 36 }) });

/** Accounts, by administrators; nobody changes their own. */
export function accountRoutes(staff: Staff): FastifyPluginAsyncTypebox {
  const { accounts, sessions } = staff;
  const permit = async (request: FastifyRequest, ids: readonly string[], what: string): Promise<StaffActor> => {
    const { actor } = signedInHolder(request);
    await staff.permit(actor, 'staff.manage', { ids }, NOTHING_STATED, { detail: { what } });
    if (what !== 'list' && ids.includes(actor.id))
      throw new IvrError('FORBIDDEN', 'you cannot change your own account; ask another administrator');
    return actor;
  };
  const find = async (id: string) => {
    const account = await accounts.byId(id);
    if (account === undefined) throw new IvrError('NOT_FOUND', 'there is no such account');
    return account;
  };
  return async (app) => {
    app.get('/api/staff/accounts', { schema: { hide: true } }, async (request) => {
      await permit(request, [], 'list');
      return { accounts: await accounts.list() };
    });
    app.post(
      '/api/staff/accounts',
      {
        schema: {
          hide: true,
          body: Type.Object(
            {
              name: Type.String({ maxLength: 64 }),
              fullName: FullName,
              password: Password,
              roles: Roles,
              attributes: Attributes,
            },
            { additionalProperties: false },
          ),
        },
      },
      async (request) => {
        await permit(request, [], `add ${request.body.roles.join(' ')}`);
        return await accounts.add(request.body);
      },
    );
    app.patch(
      '/api/staff/accounts/:id',
      {
        schema: {
          hide: true,
          params: Params,
          body: Type.Object(
            {
              fullName: Type.Optional(FullName),
              roles: Type.Optional(Roles),
              attributes: Type.Optional(Attributes),
              disabled: Type.Optional(Type.Boolean()),
            },
            { additionalProperties: false },
          ),
        },
      },
      async (request) => {
        const {
          params: { id },
          body,
        } = request;
        await permit(request, [id], `change ${Object.keys(body).join(' ')}`);
        await accounts.change(id, body);
        // what was allowed a moment ago may not be any more
        await sessions.endAll(id);
        return shown(await find(id));
      },
    );
    app.post(
      '/api/staff/accounts/:id/reset',
      {
        schema: {
          hide: true,
          params: Params,
          body: Type.Object({ password: Password }, { additionalProperties: false }),
        },
      },
      async (request) => {
        const { id } = request.params;
        await permit(request, [id], 'reset');
        await accounts.setPassword(await find(id), request.body.password, false);
        await sessions.endAll(id);
        return shown(await find(id));
      },
    );
  };
}
