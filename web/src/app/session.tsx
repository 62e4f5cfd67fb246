import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import type { ConsolePart } from '../../../src/http/console/console-part.ts';
import type { Action, Role } from '../../../src/staff/staff-service.ts';
import { call, endSession, whenSignedOut } from './api.ts';

export interface Session {
  readonly step: 'password' | 'second-factor' | 'enrolment' | 'new-password' | 'full';
  readonly archive: boolean;
  /** Those that this server has. */
  readonly parts?: readonly ConsolePart[];
  readonly id?: string;
  readonly name?: string;
  readonly fullName?: string;
  readonly roles?: readonly Role[];
  readonly may?: readonly Action[];
}
interface SessionValue {
  /** undefined: not known yet. */
  readonly session: Session | undefined;
  readonly refresh: () => Promise<void>;
  readonly signOut: () => Promise<void>;
}

const SessionContext = createContext<SessionValue | undefined>(undefined);

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const [session, setSession] = useState<Session>();
  const refresh = useCallback(async () => {
    setSession(
      await call<Session>('GET', '/api/staff/session').catch((): Session => ({ step: 'password', archive: false })),
    );
  }, []);
  const signOut = useCallback(async () => {
    endSession();
    await call('POST', '/api/staff/sign-out').catch(() => undefined);
    await refresh();
  }, [refresh]);
  useEffect(() => {
    whenSignedOut(() => void refresh());
    void refresh();
  }, [refresh]);
  const value = useMemo(() => ({ session, refresh, signOut }), [session, refresh, signOut]);
  return <SessionContext value={value}>{children}</SessionContext>;
}

export function useSession(): SessionValue {
  const value = useContext(SessionContext);
  if (value === undefined) throw new Error('outside the session');
  return value;
}

/** Whether one of the account's roles may do it at all. */
export const useMay = (): ((action: Action) => boolean) => {
  const may = useSession().session?.may ?? [];
  return (action) => may.includes(action);
};
