import type { FastifyRequest } from 'fastify';
import type { Staff } from '../../../staff/open-staff.ts';
import { type Action, NOTHING_STATED } from '../../../staff/staff-service.ts';
import { signedInHolder } from '../../console/console-request.ts';

/** For pages that show lists and no recording. @param what - for the audit row @throws IvrError FORBIDDEN, SIGN_IN_REQUIRED */
export async function permitReading(
  staff: Staff,
  request: FastifyRequest,
  action: Action,
  what: string,
): Promise<void> {
  await staff.permit(signedInHolder(request).actor, action, { ids: [] }, NOTHING_STATED, { detail: { what } });
}
