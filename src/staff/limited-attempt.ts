import { IvrError } from '../domain/error.ts';
import type { Accounts, StoredAccount } from './accounts.ts';
import type { Audit, AuditEntry } from './audit.ts';
import type { Sessions } from './sessions.ts';
import type { SignInAttempts } from './sign-in-attempts.ts';
import type { StaffActor } from './staff-service.ts';

/** Where somebody signs in from. */
export interface Place {
  /** IP address. */
  readonly address: string;
  /** Whose attempts are counted together: the address or its /64. */
  readonly source: string;
}

export const wrongCredentials = (): IvrError =>
  new IvrError('SIGN_IN_FAILED', 'the name, the password or the code is wrong');

export type SignInNote = (
  entry: Pick<AuditEntry, 'action' | 'result' | 'actor'>,
  detail?: AuditEntry['detail'],
) => Promise<void>;

/** A row of the audit trail that concerns a sign-in and no recording. */
export const signInNote =
  (audit: Audit): SignInNote =>
  async (entry, detail = {}) => {
    await audit.append({ ...entry, role: '', targets: [], purpose: '', ticket: '', approval: null, detail });
  };

/**
 * Looks at what was typed, within the limits of the source and of the account. Counts before it looks, so that simultaneous
 * attempts are all counted.
 *
 * @param name - counted where there is no account of it
 * @param look - undefined: it was wrong
 * @throws IvrError SIGN_IN_FAILED
 */
export async function limitedAttempt<T>(
  {
    sessions,
    attempts,
    note,
  }: { readonly sessions: Sessions; readonly attempts: SignInAttempts; readonly note: SignInNote },
  account: StoredAccount | undefined,
  name: string,
  at: Place,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const counted = account?.id ?? `unknown ${name}`;
  const known = account !== undefined && (await sessions.knows(account.id, at.source));
  const wait = attempts.wait(at.source, counted, known);
  if (wait !== undefined)
    throw new IvrError('SIGN_IN_FAILED', `too many attempts; try again in ${Math.ceil(wait / 60_000)} min`, {
      because: 'attempts',
    });
  attempts.begin(at.source, counted);
  const found = await look();
  if (found !== undefined) {
    attempts.succeed(at.source, counted);
    return found;
  }
  // what was typed as a name may be a password
  const actor =
    account === undefined ? ({ kind: 'service', name: 'sign-in' } as const) : actorOf(account, '', at.address);
  await note({ action: 'sign-in', result: 'denied', actor }, { known: account !== undefined, address: at.address });
  throw wrongCredentials();
}

/** @throws IvrError SIGN_IN_FAILED when it is gone or disabled */
export async function findEnabled(accounts: Accounts, id: string): Promise<StoredAccount> {
  const account = await accounts.byId(id);
  if (account === undefined || account.disabled) throw wrongCredentials();
  return account;
}

export const actorOf = (account: StoredAccount, session: string, address: string): StaffActor => ({
  kind: 'staff',
  id: account.id,
  name: account.name,
  roles: account.roles,
  attributes: account.attributes,
  session,
  address,
});
