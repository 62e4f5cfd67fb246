import { splitList } from '../../sip/message/split-list.ts';
import type { CallParties } from '../signalling.ts';
import { userPart } from './user-part.ts';

/** A header's value, several rows of one header joined by commas. */
type Header = (name: string) => string | undefined;

/**
 * Who called whom, as far as it can be known. From is what the caller's own system says; what the network itself says
 * (P-Asserted-Identity, RFC 3325; Remote-Party-ID before it; Diversion, RFC 5806; History-Info, RFC 7044; Privacy,
 * RFC 3323) counts only from peers that are trusted: strangers write into these headers what they like.
 */
export function callParties(header: Header, trusted: boolean): CallParties {
  const from = userPart(header('from'));
  const called = userPart(header('to'));
  if (!trusted) return { caller: from, called, divertedFrom: undefined, asserted: false, private: false };
  const remoteParty = listOf(header('remote-party-id')).find((each) => partyOf(each) === 'calling');
  const asserted =
    firstUser(listOf(header('p-asserted-identity'))) ?? firstUser(remoteParty === undefined ? [] : [remoteParty]);
  return {
    caller: asserted ?? from,
    called,
    divertedFrom: firstUser(listOf(header('diversion'))) ?? divertedBy(listOf(header('history-info'))),
    asserted: asserted !== undefined,
    private:
      (header('privacy') ?? '').split(/[;,]/).some((each) => HIDING.has(each.trim().toLowerCase())) ||
      /;\s*privacy\s*=\s*"?(?:full|uri|name)/i.test(remoteParty ?? ''),
  };
}

const HIDING: ReadonlySet<string> = new Set(['id', 'user', 'header', 'session']);

const firstUser = (addresses: readonly string[]): string | undefined =>
  addresses.map(userPart).find((user) => user !== '' && !/^anonymous$/i.test(user));

/** The entry before the last, when the two name different targets: who sent the call on. */
function divertedBy(entries: readonly string[]): string | undefined {
  const [before, last] = entries.toSorted(byIndex).slice(-2);
  if (before === undefined || last === undefined) return undefined;
  const user = userPart(before);
  return user === '' || user === userPart(last) ? undefined : user;
}

const indexOf = (entry: string): number[] =>
  (/;\s*index\s*=\s*([\d.]+)/i.exec(entry)?.[1] ?? '').split('.').map(Number);

function byIndex(a: string, b: string): number {
  const [left, right] = [indexOf(a), indexOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? -1) - (right[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What is longer names nobody, and is not worth the time. */
const LONGEST = 4_096;

const listOf = (value: string | undefined): string[] => splitList((value ?? '').slice(0, LONGEST));

const partyOf = (value: string): string => /;\s*party\s*=\s*"?(\w+)/i.exec(value)?.[1]?.toLowerCase() ?? 'calling';
