import type { Knex } from 'knex';
import { IvrError } from '../domain/error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { type Accounts, openAccounts } from './accounts.ts';
import { type Approvals, openApprovals, type Order } from './approvals.ts';
import type { Audit, AuditEntry } from './audit.ts';
import { approversOf, decide, needsApproval, scopeOf } from './decide.ts';
import { type Emergencies, openEmergencies } from './emergencies.ts';
import { type Grants, openGrants } from './grants.ts';
import { openAudit } from './open-audit.ts';
import { openPasswords, type PasswordCost } from './password.ts';
import { openSessions, type SessionLimits, type Sessions } from './sessions.ts';
import { openSignInAttempts } from './sign-in-attempts.ts';
import { openSignIn, type SignIn } from './sign-in.ts';
import type { StaffKey } from './staff-key.ts';
import type { Action, Actor, Decision, StaffActor, StaffService, Stated, Target } from './staff-service.ts';

export type Allowed = Extract<Decision, { allow: true }>;

/** Everything about the people who use the console. */
export interface Staff extends StaffService {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly approvals: Approvals;
  readonly emergencies: Emergencies;
  readonly grants: Grants;
  readonly audit: Audit;
  /** Whether one of the actor's roles may agree to that action of somebody else. */
  mayApprove(actor: StaffActor, action: Action): boolean;
  /**
   * Judges, uses up the approval and writes the row, whatever the judgement was; only then may anything be done.
   *
   * @throws IvrError FORBIDDEN, AUDIT_FAILED
   */
  permit(actor: Actor, action: Action, target: Target, stated: Stated, more?: Permission): Promise<Allowed>;
}
export interface Permission {
  readonly detail?: AuditEntry['detail'];
  /** The rest of the order, where the action needs four eyes. */
  readonly terms?: Order['terms'];
}

export interface StaffOptions {
  readonly knex: Knex;
  readonly key: StaffKey;
  readonly limits: SessionLimits;
  /** Share of the recordings that quality inspection may hear, 0…1. */
  readonly sampleRate: number;
  readonly passwordCost?: PasswordCost;
}

const REASONS: Readonly<Record<Extract<Decision, { allow: false }>['because'], string>> = {
  role: 'the role of this account does not allow it',
  queue: 'it belongs to a queue that this account does not supervise',
  level: 'the recording is of a higher level than this account may see',
  age: 'the recording is older than this account may see',
  restricted: 'the recording is restricted: it is only kept',
  'not-sampled': 'the recording is not in the sample of quality inspection',
  'purpose-missing': 'say what it is needed for, in five letters at least',
  'ticket-missing': 'name the ticket, case or complaint that it belongs to',
  'approval-missing': 'another person must first approve exactly this',
  'not-signed-in': 'sign in first',
};

export function openStaff(
  { knex, key, limits, sampleRate, passwordCost }: StaffOptions,
  clock: Clock,
  logger: Logger,
): Staff {
  const passwords = openPasswords(passwordCost);
  const accounts = openAccounts(knex, passwords, clock);
  const sessions = openSessions(knex, clock, limits);
  const audit = openAudit(knex, clock);
  const approvals = openApprovals(knex, clock);
  const emergencies = openEmergencies(knex, clock);
  const attempts = openSignInAttempts(() => clock.now());
  const judge = async (
    actor: Actor,
    action: Action,
    target: Target,
    stated: Stated,
    terms: Order['terms'],
  ): Promise<Decision> => {
    // whoever has the machine has the keys; parts of the server were told by somebody
    if (actor.kind !== 'staff') return { allow: true, role: actor.kind, masked: false, approval: null };
    const order = { action, targets: target.ids, terms, ...stated };
    const approval = needsApproval(action) ? await approvals.fitting(actor.id, order) : undefined;
    const [only, ...others] = target.ids;
    const emergency = only !== undefined && others.length === 0 && (await emergencies.covers(actor.id, only));
    return decide(actor, action, target, {
      now: clock.wall(),
      ...stated,
      sampleRate,
      approval: approval?.id ?? null,
      emergency,
    });
  };
  return {
    accounts,
    sessions,
    audit,
    approvals,
    emergencies,
    grants: openGrants(knex, clock),
    signIn: openSignIn({ accounts, passwords, sessions, attempts, audit, key, clock }),
    authorize: (actor, action, target, stated) => judge(actor, action, target, stated, {}),
    mayApprove: (actor, action) => approversOf(action).some((role) => actor.roles.includes(role)),
    searchScope: (actor) => (actor.kind === 'staff' ? scopeOf(actor, clock.wall(), sampleRate) : undefined),
    async permit(actor, action, target, stated, { detail = {}, terms = {} } = {}) {
      let decision = await judge(actor, action, target, stated, terms);
      if (decision.allow && decision.approval !== null && !(await approvals.use(decision.approval)))
        decision = { allow: false, because: 'approval-missing' };
      await audit.append({
        actor,
        role: decision.allow ? decision.role : '',
        action,
        targets: target.ids,
        ...stated,
        approval: decision.allow ? decision.approval : null,
        result: decision.allow ? 'allowed' : 'denied',
        detail: decision.allow ? detail : { ...detail, because: decision.because },
      });
      if (decision.allow) return decision;
      logger.warn({ action, because: decision.because }, 'a member of staff was refused');
      throw new IvrError('FORBIDDEN', REASONS[decision.because], { because: decision.because });
    },
  };
}
