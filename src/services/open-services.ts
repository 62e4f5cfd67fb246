import type { BankServices } from '../bank/bank-services.ts';
import type { CoreBanking } from '../bank/core-banking.ts';
import { IvrError } from '../domain/error.ts';
import { ACCOUNT_SERVICES } from './account-services.ts';
import type { BuiltIn } from './built-in.ts';
import { CARD_SERVICES } from './card-services.ts';
import { PIN_SERVICES } from './pin-services.ts';

/* ADAPTER of the services that dialplans ask for, on the port of the bank's core system. */

const BUILT_IN: ReadonlyMap<string, BuiltIn> = new Map(
  [...PIN_SERVICES, ...ACCOUNT_SERVICES, ...CARD_SERVICES].map((service) => [service.declared.name, service]),
);

/** Those that every server has. */
export const BUILT_IN_SERVICES = Array.from(BUILT_IN.values(), ({ declared }) => declared);

export const openServices = (bank: CoreBanking): BankServices => ({
  services: BUILT_IN_SERVICES,
  async call(service, args, signal) {
    signal.throwIfAborted();
    const known = BUILT_IN.get(service);
    // the dialplan's check let the name through, so there is one
    if (known === undefined) throw new IvrError('INTERNAL', `the bank has no service '${service}'`, { service });
    return await known.run({ bank }, args, signal);
  },
});
