import { createHash } from 'node:crypto';
import { levelsUpTo } from '../domain/data-level.ts';
import type { SearchScope } from '../domain/search-scope.ts';
import { wallMs, type WallMs } from '../domain/units.ts';
import type { Action, Attributes, Denial, Role, StaffActor, Target } from './staff-service.ts';

/* The rules, pure: what each role may do, and what narrows it down. `docs/security.md` has them as a table. */

type Condition =
  /** Queues, level and age of the account. */
  | 'within-attributes'
  /** All queues that are meant are the account's. */
  | 'own-queues'
  /** Only the share of recordings that quality inspection looks at. */
  | 'sampled'
  /** Somebody else has agreed to exactly this. */
  | 'approval'
  | 'ticket';

interface Rule {
  readonly role: Role;
  readonly conditions: readonly Condition[];
}
const rule = (role: Role, ...conditions: Condition[]): Rule => ({ role, conditions });
const CONTENT: readonly Rule[] = [
  rule('compliance', 'within-attributes'),
  rule('supervisor', 'within-attributes'),
  rule('quality', 'within-attributes', 'sampled'),
];

/** In the order of preference: the first rule that lets somebody do it is the one that is written down. */
const RULES: Readonly<Record<Action, readonly Rule[]>> = {
  'recording.search': [...CONTENT, rule('legal', 'within-attributes'), rule('privacy')],
  'recording.view': [...CONTENT, rule('legal', 'within-attributes'), rule('privacy')],
  'recording.play': CONTENT,
  'recording.play-clear': [rule('compliance', 'within-attributes', 'ticket')],
  'recording.verify': [...CONTENT, rule('legal', 'within-attributes'), rule('privacy'), rule('auditor')],
  'recording.export': [
    rule('legal', 'within-attributes', 'approval'),
    rule('compliance', 'within-attributes', 'approval'),
  ],
  'recording.restrict': [rule('privacy', 'approval')],
  'recording.destroy': [rule('privacy', 'approval')],
  'destruction.resume': [rule('privacy', 'approval')],
  'hold.read': [rule('legal'), rule('compliance'), rule('privacy'), rule('auditor')],
  // what protects takes effect at once; taking the protection away needs two
  'hold.place': [rule('legal', 'ticket'), rule('compliance', 'ticket')],
  'hold.release': [rule('legal', 'approval')],
  'policy.read': [rule('compliance'), rule('legal'), rule('privacy'), rule('auditor')],
  'policy.change': [rule('compliance', 'approval')],
  'audit.read': [rule('auditor')],
  'completeness.read': [rule('compliance'), rule('auditor'), rule('administrator'), rule('privacy')],
  'staff.manage': [rule('administrator')],
  'approval.decide': [rule('compliance'), rule('legal'), rule('privacy')],
  'break-glass.use': [rule('supervisor'), rule('quality'), rule('compliance'), rule('legal')],
  'break-glass.review': [rule('auditor'), rule('compliance')],
  'desk.use': [rule('agent')],
  'floor.watch': [rule('supervisor')],
  'floor.direct': [rule('supervisor', 'own-queues')],
  'floor.monitor': [rule('supervisor', 'own-queues')],
  'report.read': [rule('compliance'), rule('quality'), rule('supervisor', 'own-queues')],
};
/** Access to what callers said needs a reason; so does whatever changes what becomes of a recording. */
const WITHOUT_PURPOSE: ReadonlySet<Action> = new Set([
  'recording.search',
  'recording.verify',
  'hold.read',
  'policy.read',
  'audit.read',
  'completeness.read',
  'staff.manage',
  'approval.decide',
  'break-glass.review',
  'desk.use',
  'floor.watch',
  'floor.direct',
  'report.read',
]);
/** Who may agree to a request of whom: by the action that is asked for. */
const APPROVERS: Readonly<Partial<Record<Action, readonly Role[]>>> = {
  'recording.export': ['compliance', 'legal'],
  'recording.restrict': ['privacy', 'compliance', 'legal'],
  'recording.destroy': ['privacy', 'compliance', 'legal'],
  'destruction.resume': ['privacy', 'compliance', 'legal'],
  'hold.release': ['legal', 'compliance'],
  'policy.change': ['legal', 'privacy', 'compliance'],
};
const DAY_MS = 86_400_000;
export const SHORTEST_PURPOSE = 5;

export const needsApproval = (action: Action): boolean =>
  RULES[action].some(({ conditions }) => conditions.includes('approval'));

export const approversOf = (action: Action): readonly Role[] => APPROVERS[action] ?? [];

/** Whether a role may do it at all, whatever the conditions. */
export const mayEver = (roles: readonly Role[], action: Action): boolean =>
  RULES[action].some(({ role }) => roles.includes(role));

export interface Circumstances {
  readonly now: WallMs;
  readonly purpose: string;
  readonly ticket: string;
  /** Share of the recordings that quality inspection may hear, 0…1. */
  readonly sampleRate: number;
  /** That fits exactly, is not the requester's own and not used up. */
  readonly approval: string | null;
  /** Emergency access to exactly this recording. */
  readonly emergency: boolean;
}

export type Judgement =
  | { readonly allow: true; readonly role: Role; readonly masked: boolean; readonly approval: string | null }
  | { readonly allow: false; readonly because: Denial };

export function decide(actor: StaffActor, action: Action, target: Target, now: Circumstances): Judgement {
  if (!WITHOUT_PURPOSE.has(action) && now.purpose.trim().length < SHORTEST_PURPOSE)
    return { allow: false, because: 'purpose-missing' };
  const { recording } = target;
  if (recording?.restricted === true && !actor.roles.includes('privacy'))
    return { allow: false, because: 'restricted' };
  let because: Denial = 'role';
  for (const { role, conditions } of RULES[action]) {
    if (!actor.roles.includes(role)) continue;
    const unmet = conditions
      .map((condition) => failing(condition, role, actor, target, now))
      .find((each) => each !== null);
    if (unmet === undefined)
      return {
        allow: true,
        role,
        masked: isMasked(role, action),
        approval: conditions.includes('approval') ? now.approval : null,
      };
    because = unmet;
  }
  const emergency =
    now.emergency && (action === 'recording.view' || action === 'recording.play' || action === 'recording.play-clear');
  const rescuer = actor.roles.find((role) => RULES['break-glass.use'].some((each) => each.role === role));
  if (emergency && rescuer !== undefined)
    return { allow: true, role: rescuer, masked: action !== 'recording.play-clear', approval: null };
  return { allow: false, because };
}

const isMasked = (role: Role, action: Action): boolean => !(role === 'compliance' && action === 'recording.play-clear');

function failing(
  condition: Condition,
  role: Role,
  actor: StaffActor,
  target: Target,
  now: Circumstances,
): Denial | null {
  switch (condition) {
    case 'within-attributes':
      return outside(role, actor.attributes, target.recording, now.now);
    case 'own-queues':
      return (target.queues ?? []).every((queue) => actor.attributes.queues.includes(queue)) ? null : 'queue';
    case 'sampled':
      return target.ids.every((id) => sampleOf(id) < now.sampleRate) ? null : 'not-sampled';
    case 'approval':
      return now.approval === null ? 'approval-missing' : null;
    case 'ticket':
      return now.ticket.trim() === '' ? 'ticket-missing' : null;
  }
}

function outside(role: Role, attributes: Attributes, recording: Target['recording'], now: WallMs): Denial | null {
  if (recording === undefined) return null;
  if (role === 'supervisor' && !recording.queues.some((queue) => attributes.queues.includes(queue))) return 'queue';
  if (!levelsUpTo(attributes.level).includes(recording.level)) return 'level';
  if (attributes.maxAgeDays !== null && now - recording.startedAt > attributes.maxAgeDays * DAY_MS) return 'age';
  return null;
}

/** A number 0…1 that each id has for good: which recordings quality inspection may hear is nobody's choice. */
export const sampleOf = (id: string): number => createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32;

/** The widest scope that one of the roles gives. */
export function scopeOf(actor: StaffActor, now: WallMs, sampleRate: number): SearchScope | undefined {
  const has = (role: Role): boolean => actor.roles.includes(role);
  if (!mayEver(actor.roles, 'recording.search')) return undefined;
  const { queues, level, maxAgeDays } = actor.attributes;
  const wide = has('compliance') || has('legal') || has('privacy');
  return {
    queues: wide || !has('supervisor') ? null : queues,
    level: has('privacy') ? 'C3' : level,
    notBefore: maxAgeDays === null || has('privacy') ? null : wallMs(now - maxAgeDays * DAY_MS),
    restricted: has('privacy') ? 'shown' : 'hidden',
    sample: wide || has('supervisor') ? null : sampleRate,
  };
}
