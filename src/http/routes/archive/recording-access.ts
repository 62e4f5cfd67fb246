import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { ArchiveServices } from '../../../archive/archive-services.ts';
import type { FoundRecording } from '../../../archive/recording-search.ts';
import { IvrError } from '../../../domain/error.ts';
import type { AuditEntry } from '../../../staff/audit.ts';
import type { Allowed, Staff } from '../../../staff/open-staff.ts';
import type { Action, StaffActor, Stated, Target } from '../../../staff/staff-service.ts';
import { signedInHolder } from '../../console/console-request.ts';

/** What the archive's routes are made of. */
export interface ArchiveRouteParts {
  readonly staff: Staff;
  readonly archive: ArchiveServices;
}

export const targetOf = ({ id, queues, level, startedAt, restricted }: FoundRecording): Target => ({
  ids: [id],
  recording: { queues, level, startedAt, restricted },
});

/** @throws IvrError RECORDING_NOT_FOUND */
export async function foundRecording(archive: ArchiveServices, id: string): Promise<FoundRecording> {
  const found = await archive.recordings.find(id);
  if (found === undefined) throw new IvrError('RECORDING_NOT_FOUND', 'there is no such recording');
  return found;
}

export interface Entered extends Allowed {
  readonly actor: StaffActor;
  readonly recording: FoundRecording;
  readonly stated: Stated;
  /** Of its grant, in the audit trail. */
  readonly access: string;
}

/**
 * Somebody with a grant for this recording, judged anew: roles, restrictions and sessions may have changed since it was
 * given. The audit row is written before this resolves.
 *
 * @param token - of the grant
 * @throws IvrError SIGN_IN_REQUIRED, FORBIDDEN, RECORDING_NOT_FOUND, AUDIT_FAILED
 */
export async function enter(
  { staff, archive }: ArchiveRouteParts,
  request: FastifyRequest,
  {
    id,
    token,
    action,
    detail,
  }: { readonly id: string; readonly token: string; readonly action?: Action; readonly detail: AuditEntry['detail'] },
): Promise<Entered> {
  const { actor, session } = signedInHolder(request);
  const grant = await staff.grants.find(token, session.id);
  if (grant === undefined || grant.recording !== id)
    throw new IvrError('FORBIDDEN', 'state your purpose again: access to a recording lasts one hour', {
      because: 'grant',
    });
  const recording = await foundRecording(archive, id);
  const stated = { purpose: grant.purpose, ticket: grant.ticket };
  const access = accessOf(token);
  const allowed = await staff.permit(actor, action ?? grant.action, targetOf(recording), stated, {
    detail: { ...detail, access },
  });
  return {
    ...allowed,
    masked: allowed.masked || grant.action !== 'recording.play-clear',
    actor,
    recording,
    stated,
    access,
  };
}

/** Names a grant without being of use to anybody: rows of the audit trail that belong to one access have the same one. */
export const accessOf = (token: string): string =>
  createHash('sha256').update(`access ${token}`).digest('hex').slice(0, 16);
