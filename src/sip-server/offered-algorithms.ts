import { createHmac } from 'node:crypto';
import { algorithmsOf, type UserSecrets } from '../sip/digest/authenticator.ts';
import { DIGEST_ALGORITHMS, type DigestAlgorithm, digestHash } from '../sip/digest/digest.ts';

/**
 * What a challenge offers to each name. A user who has MD5 alone is offered MD5 alone; so that this tells nobody which names there
 * are, as large a share of the unknown ones is too, always the same ones as long as the first user (by name) keeps the password.
 */
export function offeredAlgorithms(
  realm: string,
  users: ReadonlyMap<string, UserSecrets>,
): (user: string) => readonly DigestAlgorithm[] {
  const offers = [...users.values()].map(algorithmsOf);
  const brief = offers.filter(({ length }) => length < DIGEST_ALGORITHMS.length);
  const share = offers.length === 0 ? 0 : brief.length / offers.length;
  const [first] = [...users.keys()].toSorted();
  const secrets = Object.values(users.get(first ?? '') ?? {});
  const key = digestHash('SHA-256', realm, ...secrets);
  return (user) => {
    // for a known one too, or the time would tell
    const drawn = createHmac('sha256', key).update(user).digest();
    const known = users.get(user);
    if (known !== undefined) return algorithmsOf(known);
    const isBrief = drawn.readUInt32BE(0) / 2 ** 32 < share;
    return (isBrief ? brief[drawn.readUInt32BE(4) % brief.length] : undefined) ?? DIGEST_ALGORITHMS;
  };
}
