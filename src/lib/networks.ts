import { BlockList, isIP, isIPv6 } from 'node:net';

/** Whether an address is in one of the networks. Linear in their number; never throws. */
export type Networks = (address: string) => boolean;

/** Those that are neither an address nor a network in CIDR notation (RFC 4632, RFC 4291 section 2.3). */
export const badNetworks = (list: readonly string[]): readonly string[] =>
  list.filter((each) => {
    const [address = '', bits, ...rest] = each.split('/');
    const family = isIP(address);
    if (family === 0 || rest.length > 0) return true;
    return bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > (family === 6 ? 128 : 32));
  });

/** Those that no single organisation has: wider than /8 (IPv4) or /16 (IPv6). @param list - without what `badNetworks` names */
export const wideNetworks = (list: readonly string[]): readonly string[] =>
  list.filter((each) => {
    const [address = '', bits] = each.split('/');
    return bits !== undefined && Number(bits) < (isIPv6(address) ? 16 : 8);
  });

/**
 * An IPv4 address that came over an IPv6 socket (`::ffff:10.0.0.1`) is the IPv4 address.
 *
 * @param list - without what `badNetworks` names
 */
export function networks(list: readonly string[]): Networks {
  const block = new BlockList();
  for (const each of list) {
    const [address = '', bits] = each.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) block.addAddress(address, family);
    else block.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const plain = unmapped(address);
    const family = isIP(plain);
    return family !== 0 && block.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  };
}

/** Every address. */
export const anyNetwork: Networks = () => true;

/** `::ffff:10.0.0.1` is `10.0.0.1`. */
export const unmapped = (address: string): string =>
  address.toLowerCase().startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;

/** Whose share an address counts towards: an IPv4 address itself, the /64 of an IPv6 address: one customer has all of that. */
export function shareOf(address: string): string {
  const plain = unmapped(address);
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = (plain.split('%', 1)[0] ?? '').toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
