import { maskNumber } from '../../domain/secret.ts';
import type { CallServices } from '../call-services.ts';
import { transferToPerson } from '../transfer/transfer.ts';
import type { Transferred, TransferRequest } from '../transfer/transfer-request.ts';

/** Puts the customer through to a number that the agent has chosen. The journal has it masked, as it has those of callers. */
export function putThrough(
  number: string,
  request: TransferRequest,
  services: CallServices,
  signal: AbortSignal,
): Promise<Transferred> {
  const { settings, note } = services;
  const person = `tel:${number}`;
  const masking: CallServices['note'] = (contact, fact) =>
    note(contact, fact.type === 'transfer-ringing' && fact.to === person ? { ...fact, to: maskNumber(person) } : fact);
  const through = { ...settings, person, personMethod: 'bridge' as const };
  return transferToPerson(request, { ...services, settings: through, note: masking }, signal);
}
