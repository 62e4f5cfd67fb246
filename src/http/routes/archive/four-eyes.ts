import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { ExportJob } from '../../../archive/exports.ts';
import type { RetentionPolicy } from '../../../archive/retention-policies.ts';
import { IvrError } from '../../../domain/error.ts';
import type { Approval, Order } from '../../../staff/approvals.ts';
import type { StaffActor } from '../../../staff/staff-service.ts';
import { available } from './available-parts.ts';
import { type ArchiveRouteParts, foundRecording, targetOf } from './recording-access.ts';

/* What is done once two people want it. The order that was agreed to says all of it: nothing is taken from the request that carries it out. */

export const FOUR_EYES = [
  'recording.export',
  'recording.restrict',
  'recording.destroy',
  'destruction.resume',
  'hold.release',
  'policy.change',
] as const;
type FourEyes = (typeof FOUR_EYES)[number];

const closed = { additionalProperties: false } as const;
const ExportTerms = Type.Object({ masked: Type.Boolean() }, closed);
const RestrictTerms = Type.Object({ on: Type.Boolean() }, closed);
const None = Type.Object({}, closed);
const PolicyTerms = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{1,62}$' }),
    name: Type.String({ minLength: 1, maxLength: 120 }),
    legalReference: Type.String({ minLength: 1, maxLength: 300 }),
    basis: Type.Union([
      Type.Object({ kind: Type.Literal('fixed') }, closed),
      Type.Object({ kind: Type.Literal('event'), event: Type.String({ minLength: 1, maxLength: 80 }) }, closed),
    ]),
    years: Type.Integer({ minimum: 0, maximum: 100 }),
    months: Type.Integer({ minimum: 0, maximum: 11 }),
  },
  closed,
);
const TERMS = {
  'recording.export': ExportTerms,
  'recording.restrict': RestrictTerms,
  'recording.destroy': None,
  'destruction.resume': None,
  'hold.release': None,
  'policy.change': PolicyTerms,
} as const satisfies Record<FourEyes, object>;

/** @throws IvrError USAGE */
export function expectTerms({ action, targets, terms }: Order): void {
  const schema = TERMS[action as FourEyes];
  const { id } = terms;
  if (!Value.Check(schema, terms)) {
    const [first] = Value.Errors(schema, terms);
    throw new IvrError('USAGE', `the terms of ${action} are invalid: ${first?.message ?? 'unknown'}`);
  }
  const one = action === 'recording.export' || action === 'hold.release' || action === 'policy.change';
  if (one && targets.length !== 1) throw new IvrError('USAGE', `${action} expects exactly one target`);
  if (action === 'policy.change' && targets[0] !== id)
    throw new IvrError('USAGE', 'the target and the id of the policy differ');
}

export interface CarriedOut {
  readonly export?: ExportJob;
  /** Why some stay as they are, by their id. */
  readonly refused?: Readonly<Record<string, string>>;
  readonly policy?: RetentionPolicy;
}

/** @throws IvrError FORBIDDEN when the approval is not there, used or expired */
export async function carryOut(parts: ArchiveRouteParts, actor: StaffActor, approval: Approval): Promise<CarriedOut> {
  const { staff, archive } = parts;
  const { action, targets, terms, purpose, ticket } = approval;
  const [first = ''] = targets;
  const one = action === 'recording.export' ? targetOf(await foundRecording(archive, first)) : { ids: targets };
  await staff.permit(actor, action, one, { purpose, ticket }, { terms });
  const nameOf = async (id: string | null): Promise<string> =>
    id === null ? '' : ((await staff.accounts.byId(id))?.name ?? id);
  const by = { requester: actor.name, approver: await nameOf(approval.approver), purpose };
  switch (action as FourEyes) {
    case 'recording.export': {
      const { masked } = Value.Parse(ExportTerms, terms);
      return { export: await available(archive.exports, 'exports').start({ recording: first, masked, ...by, ticket }) };
    }
    case 'recording.restrict':
      await available(archive.restriction, 'restriction').restrict(targets, Value.Parse(RestrictTerms, terms).on, by);
      return {};
    case 'recording.destroy':
      return { refused: await available(archive.destruction, 'destruction').approve(targets, by) };
    case 'destruction.resume':
      await available(archive.destruction, 'destruction').trustClock(by);
      return {};
    case 'hold.release':
      await available(archive.holds, 'holds').release(first, { ...by, reason: purpose });
      return {};
    case 'policy.change':
      return { policy: await available(archive.policies, 'policies').put(Value.Parse(PolicyTerms, terms), by) };
  }
}
