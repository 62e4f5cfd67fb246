import type { BankServices } from '../bank/bank-services.ts';
import type { CoreBanking } from '../bank/core-banking.ts';
import { IvrError } from '../domain/error.ts';
import type { Secret } from '../domain/secret.ts';
import { EMPTY_LEDGER } from '../identity/attempt-ledger.ts';
import type { IdentityState } from '../identity/identity-machine.ts';
import type { Clock } from '../lib/clock.ts';
import type { CodeSender } from '../second-factor/code-sender.ts';
import { ACCOUNT_SERVICES } from './account-services.ts';
import { openApprovals } from './approvals.ts';
import type { BuiltIn, ServiceWork } from './built-in.ts';
import { CARD_SERVICES } from './card-services.ts';
import { IDENTITY_SERVICES } from './identity-services.ts';
import { openIntentions } from './intentions.ts';
import { PIN_SERVICES } from './pin-services.ts';
import { LONGEST_CALL, Remembered } from './remembered.ts';
import { openSessions } from './sessions.ts';
import { TICKET_SERVICES } from './ticket-services.ts';
import { TRANSFER_SERVICES } from './transfer-services.ts';

/* ADAPTER of the services that dialplans ask for, on the port of the bank's core system. */

const BUILT_IN: ReadonlyMap<string, BuiltIn> = new Map(
  [
    ...PIN_SERVICES,
    ...IDENTITY_SERVICES,
    ...ACCOUNT_SERVICES,
    ...CARD_SERVICES,
    ...TRANSFER_SERVICES,
    ...TICKET_SERVICES,
  ].map((service) => [service.declared.name, service]),
);

/** Those that every server has. */
export const BUILT_IN_SERVICES = Array.from(BUILT_IN.values(), ({ declared }) => declared);

/**
 * @param codes - what brings one-time codes to customers
 * @param more - `own`: the bank's own services, as the configuration declares them; `newCode`: where codes are not random
 */
export function openServices(
  bank: CoreBanking,
  codes: CodeSender,
  clock: Clock,
  { own = [], newCode }: { readonly own?: readonly BuiltIn[]; readonly newCode?: () => Secret } = {},
): BankServices {
  const all = new Map([...own.map((one) => [one.declared.name, one] as const), ...BUILT_IN]);
  const work: ServiceWork = {
    bank,
    clock,
    sessions: openSessions(clock),
    approvals: openApprovals(codes, clock, newCode),
    intentions: openIntentions(clock),
    identities: new Remembered<IdentityState>(() => clock.now(), LONGEST_CALL),
    attempts: { ledger: EMPTY_LEDGER },
  };
  return {
    services: Array.from(all.values(), ({ declared }) => declared),
    async call(service, args, signal) {
      signal.throwIfAborted();
      const known = all.get(service);
      // the dialplan's check let the name through, so there is one
      if (known === undefined) throw new IvrError('INTERNAL', `the bank has no service '${service}'`, { service });
      return await known.run(work, args, signal);
    },
  };
}
