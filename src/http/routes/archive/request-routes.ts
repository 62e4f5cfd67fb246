import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { IvrError } from '../../../domain/error.ts';
import type { Approval } from '../../../staff/approvals.ts';
import { NOTHING_STATED, type StaffActor } from '../../../staff/staff-service.ts';
import { signedInHolder } from '../../console/console-request.ts';
import { impossibleWith } from './available-parts.ts';
import { carryOut, expectTerms, FOUR_EYES } from './four-eyes.ts';
import type { ArchiveRouteParts } from './recording-access.ts';

const MOST = 200;
const Params = Type.Object({ id: Type.String({ maxLength: 36 }) });
const NewRequest = Type.Object(
  {
    action: Type.Enum([...FOUR_EYES]),
    targets: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 500 }),
    terms: Type.Record(Type.String(), Type.Unknown()),
    purpose: Type.String({ minLength: 5, maxLength: 500 }),
    ticket: Type.String({ maxLength: 120 }),
  },
  { additionalProperties: false },
);
const Decision = Type.Object(
  { decision: Type.Enum(['approved', 'refused']), note: Type.String({ maxLength: 500 }) },
  { additionalProperties: false },
);

/** What needs four eyes: asked for by one, agreed to by another, carried out by the first. */
export function requestRoutes(parts: ArchiveRouteParts): FastifyPluginAsyncTypebox {
  const { staff } = parts;
  const impossible = impossibleWith(parts.archive);
  const shownTo = async (actor: StaffActor, list: readonly Approval[]) => {
    const names = new Map((await staff.accounts.list()).map(({ id, name }) => [id, name]));
    return list
      .map((each) => ({
        ...each,
        own: each.requester === actor.id,
        mayDecide: each.state === 'waiting' && each.requester !== actor.id && staff.mayApprove(actor, each.action),
        requester: names.get(each.requester) ?? each.requester,
        approver: each.approver === null ? null : (names.get(each.approver) ?? each.approver),
      }))
      .filter(({ own, action }) => own || staff.mayApprove(actor, action) || actor.roles.includes('auditor'));
  };
  const note = async (actor: StaffActor, approval: Approval, action: string): Promise<void> => {
    const { id, purpose, ticket, targets } = approval;
    const detail = { action: approval.action };
    await staff.audit.append({
      actor,
      role: '',
      action,
      targets,
      purpose,
      ticket,
      approval: id,
      result: 'done',
      detail,
    });
  };
  return async (app) => {
    app.get('/api/archive/requests', { schema: { hide: true } }, async (request) => ({
      requests: await shownTo(signedInHolder(request).actor, await staff.approvals.list(MOST)),
    }));
    app.post('/api/archive/requests', { schema: { hide: true, body: NewRequest } }, async (request) => {
      const { actor } = signedInHolder(request);
      const order = request.body;
      if (impossible.has(order.action)) throw new IvrError('NOT_FOUND', `this server does not support ${order.action}`);
      const decision = await staff.authorize(actor, order.action, { ids: order.targets }, order);
      // whatever else is missing would be missing with the approval as well
      if (!decision.allow && decision.because !== 'approval-missing')
        throw new IvrError('FORBIDDEN', 'the role of this account does not allow it', { because: decision.because });
      expectTerms(order);
      const approval = await staff.approvals.request(actor.id, order);
      await note(actor, approval, 'approval.request');
      return (await shownTo(actor, [approval]))[0];
    });
    app.post(
      '/api/archive/requests/:id/decision',
      { schema: { hide: true, params: Params, body: Decision } },
      async (request) => {
        const { actor } = signedInHolder(request);
        const approval = await found(request.params.id);
        if (!staff.mayApprove(actor, approval.action))
          throw new IvrError('FORBIDDEN', 'the role of this account does not allow it', { because: 'role' });
        const { decision } = request.body;
        const detail = { request: approval.id, decision, action: approval.action };
        await staff.permit(actor, 'approval.decide', { ids: approval.targets }, NOTHING_STATED, { detail });
        const decided = await staff.approvals.decide(approval.id, actor.id, decision, request.body.note);
        return (await shownTo(actor, [decided]))[0];
      },
    );
    app.post('/api/archive/requests/:id/carry-out', { schema: { hide: true, params: Params } }, async (request) => {
      const { actor } = signedInHolder(request);
      const approval = await found(request.params.id);
      if (approval.requester !== actor.id)
        throw new IvrError('FORBIDDEN', 'only the person who made the request can carry it out', { because: 'role' });
      return await carryOut(parts, actor, approval);
    });
  };

  async function found(id: string): Promise<Approval> {
    const approval = await staff.approvals.find(id);
    if (approval === undefined) throw new IvrError('NOT_FOUND', 'there is no such request');
    return approval;
  }
}
