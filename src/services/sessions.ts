import type { Clock } from '../lib/clock.ts';
import { LONGEST_CALL, Remembered } from './remembered.ts';

/** Whose session it is at the bank, as long as a call may take. */
export interface Sessions {
  opened(session: string, customer: string): void;
  /** Undefined: nobody was verified with it here, or it is too long ago. */
  customerOf(session: string): string | undefined;
}

export function openSessions(clock: Pick<Clock, 'now'>): Sessions {
  const customers = new Remembered<string>(() => clock.now(), LONGEST_CALL);
  return {
    opened: (session, customer) => customers.set(session, customer),
    customerOf: (session) => customers.get(session),
  };
}
