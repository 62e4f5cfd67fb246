import type { CallServices } from '../call-services.ts';
import { transferToPerson } from '../transfer/transfer.ts';
import type { Transferred, TransferRequest } from '../transfer/transfer-request.ts';

/** Puts the customer through to a number that the agent has chosen. */
export function putThrough(
  number: string,
  request: TransferRequest,
  services: CallServices,
  signal: AbortSignal,
): Promise<Transferred> {
  const settings = { ...services.settings, person: `tel:${number}`, personMethod: 'bridge' as const };
  return transferToPerson(request, { ...services, settings }, signal);
}
