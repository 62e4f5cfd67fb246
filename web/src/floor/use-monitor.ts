import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { FloorView, MonitoringMode } from '../../../src/agents/supervision.ts';
import { whenSessionEnds } from '../app/api.ts';
import { useSession } from '../app/session.tsx';
import { MonitorPhone } from './monitor-phone.ts';

export const MODES: readonly MonitoringMode[] = ['listen', 'whisper', 'barge'];

export interface Monitor {
  /** Who is listened to. */
  readonly agent: string | undefined;
  readonly mode: MonitoringMode | undefined;
  readonly hearing: boolean;
  readonly begin: (agent: string, mode: MonitoringMode, purpose: string, ticket: string) => Promise<void>;
  readonly change: (mode: MonitoringMode) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The supervisor's ear, for as long as the page is open; the server says whose line it is on. */
export function useMonitor(view: FloorView | undefined): Monitor {
  const { session } = useSession();
  const inBrowser = session?.parts?.includes('telephones') === true;
  const phone = useMemo(() => new MonitorPhone(inBrowser), [inBrowser]);
  const hearing = useSyncExternalStore(phone.subscribe, () => phone.hearing);
  useEffect(() => {
    const leave = (): void => phone.close();
    const forget = whenSessionEnds(leave);
    addEventListener('pagehide', leave);
    return () => {
      forget();
      removeEventListener('pagehide', leave);
      leave();
    };
  }, [phone]);
  const heard = view?.agents.find(({ monitors }) => monitors?.some(({ supervisor }) => supervisor === session?.name));
  const mode = heard?.monitors?.find(({ supervisor }) => supervisor === session?.name)?.mode;
  return { agent: heard?.agent, mode, hearing, begin: phone.begin, change: phone.change, stop: phone.stop };
}
