import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../../lib/clock.ts';
import type { Flow } from './flow.ts';

const KEPT_MS = 30_000;
const WILDCARDS = new Set(['0.0.0.0', '::']);

interface Interface {
  readonly address: string;
  readonly internal: boolean;
  readonly reaches: (host: string) => boolean;
}

/** How a far end and we reach each other. */
export interface Local {
  /** Of the addresses listened on: the one that what we send leaves from. */
  readonly bound: string;
  /** Under which the far end reaches us: another one when `bound` stands for all. */
  readonly address: string;
}

/** A far end, and the address listened on that it wrote to, where there are several. */
type LocalOf = Pick<Flow, 'host' | 'local'>;

/**
 * Of several addresses listened on, a far end is reached from one of its family, of these from the one in whose network it
 * is, else from the first. When that one stands for all addresses, it reaches us at that of the network it is in, else at
 * the first one that is not loopback. A far end that has written to one of them is reached from that one.
 *
 * @param bound - at least one
 */
export function localAddresses(bound: readonly string[], clock: Clock): (far: LocalOf) => Local {
  const [first = ''] = bound;
  if (bound.length === 1 && !WILDCARDS.has(first)) return () => ({ bound: first, address: first });
  let known: readonly Interface[] = [];
  let until = Number.NEGATIVE_INFINITY;
  return ({ host, local }) => {
    if (local !== undefined && !WILDCARDS.has(local)) return { bound: local, address: local };
    if (clock.now() > until) {
      known = interfaces();
      until = clock.now() + KEPT_MS;
    }
    const family = isIP(host) === 6 ? 6 : 4;
    const ours = bound.filter((each) => isIP(each) === family);
    const isNear = (each: string): boolean => known.some(({ address, reaches }) => address === each && reaches(host));
    const from = local ?? ours.find(isNear) ?? ours[0] ?? first;
    return { bound: from, address: WILDCARDS.has(from) ? addressTowards(host, family, known) : from };
  };
}

function addressTowards(host: string, family: 4 | 6, known: readonly Interface[]): string {
  const candidates = known.filter(({ address }) => isIP(address) === family);
  const best = candidates.find(({ reaches }) => reaches(host)) ?? candidates.find(({ internal }) => !internal);
  return best?.address ?? (family === 6 ? '::1' : '127.0.0.1');
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
