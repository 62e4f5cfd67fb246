import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../../lib/clock.ts';

const KEPT_MS = 30_000;
const WILDCARDS = new Set(['0.0.0.0', '::']);

interface Interface {
  readonly address: string;
  readonly internal: boolean;
  readonly reaches: (host: string) => boolean;
}

/**
 * Under which address a far end reaches us when we listen on all of them: that of the network the far end is in, else
 * the first one that is not loopback.
 *
 * @param bound - the address listened on; when it is a definite one, that is the answer always
 */
export function localAddressFor(bound: string, clock: Clock): (host: string) => string {
  if (!WILDCARDS.has(bound)) return () => bound;
  let known: readonly Interface[] = [];
  let until = Number.NEGATIVE_INFINITY;
  return (host) => {
    if (clock.now() > until) {
      known = interfaces();
      until = clock.now() + KEPT_MS;
    }
    const family = isIP(host) === 6 ? 6 : 4;
    const candidates = known.filter(({ address }) => isIP(address) === family);
    const best = candidates.find(({ reaches }) => reaches(host)) ?? candidates.find(({ internal }) => !internal);
    return best?.address ?? (family === 6 ? '::1' : '127.0.0.1');
  };
}

function interfaces(): Interface[] {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .map(({ address, cidr, family, internal }) => {
      const network = new BlockList();
      const kind = family === 'IPv6' ? 'ipv6' : 'ipv4';
      const bits = Number(cidr?.split('/')[1] ?? (kind === 'ipv6' ? 128 : 32));
      network.addSubnet(address, bits, kind);
      return { address, internal, reaches: (host) => isIP(host) !== 0 && network.check(host, kind) };
    });
}
