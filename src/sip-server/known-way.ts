import { isIP } from 'node:net';
import type { Flow } from '../sip/stack.ts';

/**
 * The way to a next hop, by what is known of a way that has worked: a hop at the address that this one leads to is reached
 * over its connection, while that lasts (RFC 5923). A hop that is named by its address alone has to prove over TLS to be the domain
 * that we have reached by this way: hardly a certificate names addresses.
 *
 * @param there - by the hop's URI
 */
export function byKnownWay(there: Flow, known: Flow | undefined): Flow {
  if (known === undefined || known.protocol !== there.protocol || isIP(there.host) === 0) return there;
  const name = there.name ?? known.name;
  return {
    ...there,
    ...(name === undefined ? {} : { name }),
    ...(known.host === there.host && known.connection !== undefined ? { connection: known.connection } : {}),
    ...(known.local === undefined ? {} : { local: known.local }),
  };
}
