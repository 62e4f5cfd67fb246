import type { Config } from '../config/schema.ts';
import { listedWords } from '../lib/listed-words.ts';
import { badNetworks, networks } from '../lib/networks.ts';
import { parseSipUri } from '../sip/message/uri.ts';

/**
 * Whom persons may hand callers over to: the host of `person.uri` and what `person.refer_to` lists. Numbers (`tel:`) go where
 * routes lead, within the limits of their trunks.
 *
 * @returns undefined: nobody
 */
export function mayReferTo({
  person,
  routing,
}: Pick<Config, 'person' | 'routing'>): ((uri: string) => boolean) | undefined {
  const listed = listedWords(person.refer_to);
  if (listed.includes('off')) return undefined;
  const isNetwork = (each: string): boolean => badNetworks([each]).length === 0;
  const inNetwork = networks(listed.filter(isNetwork));
  const own = parseSipUri(person.uri)?.host;
  const domains = new Set(
    [...(own === undefined ? [] : [own]), ...listed.filter((each) => !isNetwork(each))].map((each) =>
      each.toLowerCase(),
    ),
  );
  return (uri) => {
    if (/^tel:/i.test(uri)) return routing.file !== '';
    const host = parseSipUri(uri)?.host.toLowerCase();
    return host !== undefined && (domains.has(host) || inNetwork(host));
  };
}
