import { asError, IvrError, systemCode } from '../../domain/error.ts';
import type { SipProtocol } from '../message/protocol.ts';

/** Why a SIP port could not be opened, and what to do about it. */
export function bindError(
  protocol: SipProtocol,
  { host, port }: { readonly host: string; readonly port: number },
  thrown: unknown,
): Error {
  const code = systemCode(thrown);
  const facts = { protocol, host, port };
  switch (code) {
    case 'EADDRINUSE': {
      const list = protocol === 'UDP' ? 'ss -lunp' : 'ss -ltnp';
      const advice = `stop the program that holds it (${list} "sport = :${port}" names it) or choose another SIP port`;
      return new IvrError('PORT_IN_USE', `SIP port ${port}/${protocol} on ${host} is taken: ${advice}`, facts, thrown);
    }
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new IvrError(
        'CONFIG_INVALID',
        `SIP cannot listen on ${host}: this machine has no such address`,
        facts,
        thrown,
      );
    case 'EACCES':
      return new IvrError('CONFIG_INVALID', `SIP may not listen on port ${port}: choose one above 1023`, facts, thrown);
    default:
      return asError(thrown);
  }
}
