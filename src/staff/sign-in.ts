import { IvrError } from '../domain/error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Accounts, StoredAccount } from './accounts.ts';
import type { Audit } from './audit.ts';
import { actorOf, findEnabled, limitedAttempt, type Place, signInNote, wrongCredentials } from './limited-attempt.ts';
import type { Passwords } from './password.ts';
import { newRecoveryCodes, spendRecoveryCode } from './recovery-codes.ts';
import type { Session, Sessions, SessionStep } from './sessions.ts';
import type { SignInAttempts } from './sign-in-attempts.ts';
import type { StaffKey } from './staff-key.ts';
import type { StaffActor } from './staff-service.ts';
import { base32, newTotpSecret, totpStep, totpUri } from './totp.ts';

/** Where a sign-in has come to, with the token that goes into the cookie. */
export interface SignedIn {
  readonly token: string;
  readonly step: SessionStep;
}

/** The account of a session, and how far the session opens. */
export interface SessionHolder {
  readonly actor: StaffActor;
  readonly fullName: string;
  readonly session: Session;
}

export interface SignIn {
  /** @throws IvrError SIGN_IN_FAILED */
  password(name: string, password: string, at: Place): Promise<SignedIn>;
  /** A code of the app, or a recovery code. @throws IvrError SIGN_IN_FAILED */
  secondFactor(holder: SessionHolder, code: string, at: Place): Promise<SignedIn>;
  /** A new secret; it takes effect with its first code. */
  offerEnrolment(holder: SessionHolder): Promise<{ readonly secret: string; readonly uri: string }>;
  /** @throws IvrError SIGN_IN_FAILED */
  enrol(
    holder: SessionHolder,
    code: string,
    at: Place,
  ): Promise<SignedIn & { readonly recoveryCodes: readonly string[] }>;
  /** Ends the account's other sessions. @throws IvrError SIGN_IN_FAILED, USAGE */
  changePassword(holder: SessionHolder, current: string, next: string, at: Place): Promise<SignedIn>;
  end(holder: SessionHolder): Promise<void>;
  find(token: string, address: string): Promise<SessionHolder | undefined>;
}

export interface SignInParts {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly attempts: SignInAttempts;
  readonly audit: Audit;
  readonly key: StaffKey;
  readonly clock: Pick<Clock, 'wall'>;
}

/** Password, then second factor, then a password of one's own: each step has a session of its own. */
export function openSignIn({ accounts, passwords, sessions, attempts, audit, key, clock }: SignInParts): SignIn {
  const note = signInNote(audit);
  const attempt = <T>(
    account: StoredAccount | undefined,
    name: string,
    at: Place,
    look: () => Promise<T | undefined>,
  ): Promise<T> => limitedAttempt({ sessions, attempts, note }, account, name, at, look);
  const find = (id: string): Promise<StoredAccount> => findEnabled(accounts, id);
  const proceed = async (holder: SessionHolder, account: StoredAccount, at: Place): Promise<SignedIn> => {
    const step = account.mustChange ? 'new-password' : 'full';
    await note({ action: 'sign-in', result: 'done', actor: actorOf(account, holder.session.id, at.address) });
    return { token: await sessions.renew(holder.session, at.source, step), step };
  };
  const isCode = async (account: StoredAccount, code: string): Promise<boolean> => {
    if (account.totp === null) return false;
    const step = totpStep(key.open(account.totp), code.replaceAll(/\s/g, ''), clock.wall(), account.lastStep);
    return step !== undefined && (await accounts.takeStep(account.id, step));
  };
  const isRecoveryCode = async (account: StoredAccount, code: string, at: Place): Promise<boolean> => {
    const left = spendRecoveryCode(code, account.recovery, key);
    if (left === undefined || !(await accounts.spendRecovery(account.id, account.recovery, left))) return false;
    await note(
      { action: 'sign-in.recovery-code', result: 'done', actor: actorOf(account, '', at.address) },
      { left: left.length },
    );
    return true;
  };
  return {
    async password(name, password, at) {
      const account = await accounts.byName(name);
      const found = await attempt(account, name.trim().toLowerCase(), at, async () => {
        const right = await passwords.matches(password, account?.password);
        return right && account !== undefined && !account.disabled ? account : undefined;
      });
      const step = found.enrolled ? 'second-factor' : 'enrolment';
      return { token: await sessions.begin(found.id, at.source, step), step };
    },
    async secondFactor(holder, code, at) {
      expectStep(holder, 'second-factor');
      const account = await find(holder.actor.id);
      await attempt(account, account.name, at, async () =>
        (await isCode(account, code)) || (await isRecoveryCode(account, code, at)) ? true : undefined,
      );
      return await proceed(holder, account, at);
    },
    async offerEnrolment(holder) {
      expectStep(holder, 'enrolment');
      const secret = newTotpSecret();
      await accounts.setSecondFactor(holder.actor.id, { totp: key.seal(secret), enrolled: false, recovery: [] });
      return { secret: base32(secret), uri: totpUri(secret, holder.actor.name) };
    },
    async enrol(holder, code, at) {
      expectStep(holder, 'enrolment');
      const account = await find(holder.actor.id);
      await attempt(account, account.name, at, async () => ((await isCode(account, code)) ? true : undefined));
      const codes = newRecoveryCodes(key);
      await accounts.setSecondFactor(account.id, { totp: account.totp, enrolled: true, recovery: codes.stored });
      await note({ action: 'sign-in.enrol', result: 'done', actor: actorOf(account, holder.session.id, at.address) });
      return { ...(await proceed(holder, account, at)), recoveryCodes: codes.shown };
    },
    async changePassword(holder, current, next, at) {
      const { step } = holder.session;
      if (step !== 'new-password' && step !== 'full') throw wrongCredentials();
      const account = await find(holder.actor.id);
      await attempt(account, account.name, at, async () =>
        (await passwords.matches(current, account.password)) ? true : undefined,
      );
      if (current === next) throw new IvrError('USAGE', 'the new password must differ from the current one');
      await accounts.setPassword(account, next, true);
      await sessions.endAll(account.id, holder.session.id);
      await note({ action: 'password.change', result: 'done', actor: actorOf(account, holder.session.id, at.address) });
      return { token: await sessions.renew(holder.session, at.source, 'full'), step: 'full' };
    },
    async end(holder) {
      await sessions.end(holder.session.id);
      await note({ action: 'sign-out', result: 'done', actor: holder.actor });
    },
    async find(token, address) {
      const session = await sessions.find(token);
      const account = session === undefined ? undefined : await accounts.byId(session.account);
      if (session === undefined || account === undefined || account.disabled) return undefined;
      return { actor: actorOf(account, session.id, address), fullName: account.fullName, session };
    },
  };
}

function expectStep(holder: SessionHolder, step: SessionStep): void {
  if (holder.session.step !== step) throw new IvrError('CONFLICT', `the sign-in is at the step ${holder.session.step}`);
}
