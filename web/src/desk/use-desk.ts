import { useState, useSyncExternalStore } from 'react';
import { whenSessionEnds } from '../app/api.ts';
import type { PhoneState } from './agent-phone.ts';
import { DeskConnection } from './desk-connection.ts';
import type { DeskView } from './desk-view.ts';

let current: DeskConnection | undefined;

/** Opened with the page, and kept while other pages of the console are looked at: a conversation goes on. */
function connection(): DeskConnection {
  if (current !== undefined) return current;
  const opened = new DeskConnection();
  current = opened;
  whenSessionEnds(() => {
    opened.close();
    if (current === opened) current = undefined;
  });
  return opened;
}

export interface Desk {
  readonly view: DeskView;
  readonly phone: PhoneState;
  readonly connection: DeskConnection;
}

export function useDesk(): Desk {
  const [own] = useState(connection);
  const view = useSyncExternalStore(own.subscribe, () => own.view);
  const phone = useSyncExternalStore(own.phone.subscribe, () => own.phone.state);
  return { view, phone, connection: own };
}
