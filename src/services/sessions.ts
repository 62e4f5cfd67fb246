import { ms } from '../domain/units.ts';
import type { Clock } from '../lib/clock.ts';
import { Remembered } from './remembered.ts';

/** Whose session it is at the bank, as long as a call may take. */
export interface Sessions {
  opened(session: string, customer: string): void;
  /** Undefined: nobody was verified with it here, or it is too long ago. */
  customerOf(session: string): string | undefined;
}

/** No call takes longer. */
const LIFE = ms(2 * 3_600_000);

export function openSessions(clock: Pick<Clock, 'now'>): Sessions {
  const customers = new Remembered<string>(() => clock.now(), LIFE);
  return {
    opened: (session, customer) => customers.set(session, customer),
    customerOf: (session) => customers.get(session),
  };
}
