import type { FastifyRequest } from 'fastify';
import { mayEver } from '../../staff/decide.ts';
import type { Staff } from '../../staff/open-staff.ts';
import { type Action, NOTHING_STATED, type StaffActor } from '../../staff/staff-service.ts';
import { signedInHolder } from './console-request.ts';

/** For what pages ask all the time: that somebody may not is written down, that somebody may is not. @throws IvrError FORBIDDEN, SIGN_IN_REQUIRED */
export async function expectRole(
  staff: Pick<Staff, 'permit'>,
  request: FastifyRequest,
  action: Action,
): Promise<StaffActor> {
  const { actor } = signedInHolder(request);
  if (!mayEver(actor.roles, action)) await staff.permit(actor, action, { ids: [] }, NOTHING_STATED);
  return actor;
}
