import type { PersonCall, TransferRequest } from './transfer-request.ts';

/** What goes along with the call to whom a caller is given. */
export const transferHeaders = (
  request: Pick<TransferRequest, 'contact' | 'context' | 'parties'>,
): Pick<PersonCall, 'headers' | 'identity'> => ({
  headers: { 'X-Contact-ID': request.contact, ...contextHeaders(request.context) },
  identity: identityHeaders(request.parties),
});

/** Context goes along as header parameters that any SIP agent ignores: names in lower case, values percent-encoded. */
function contextHeaders(context: TransferRequest['context']): Record<string, string> {
  const text = Object.entries(context)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join(';');
  return text === '' ? {} : { 'X-Contact-Context': text };
}

const NUMBER = /^\+?\d{3,15}$/;

/** Who called, for the person: asserted by us as the network asserted it (RFC 3325), with the caller's wish not to be shown. */
function identityHeaders(parties: TransferRequest['parties']): Record<string, string> {
  if (!NUMBER.test(parties.caller)) return {};
  return {
    'P-Asserted-Identity': `<tel:${parties.caller}>`,
    ...(parties.private ? { Privacy: 'id' } : {}),
    ...(parties.divertedFrom !== undefined && NUMBER.test(parties.divertedFrom)
      ? { Diversion: `<tel:${parties.divertedFrom}>` }
      : {}),
  };
}
