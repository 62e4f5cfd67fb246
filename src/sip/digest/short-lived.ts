import { createHmac } from 'node:crypto';
import { isBrowserUser } from '../../domain/browser-user.ts';
import { digestHash, secretHash } from './digest.ts';

/** What a telephone in a browser shows who it is with, for a while. */
export interface ShortLivedCredential {
  /** The user part of its address. */
  readonly user: string;
  /** The user name of its digest credentials: address and end of validity. */
  readonly authorizationUser: string;
  readonly password: string;
  /** Unix s. */
  readonly expires: number;
}

const EXPIRING = /^(.+)~(\d{10})$/;

const passwordOf = (key: Uint8Array, authorizationUser: string): string =>
  createHmac('sha256', key).update(authorizationUser).digest('base64url');

/** @param user - of `browserUser`; @param expires - Unix s */
export function issueCredential(key: Uint8Array, user: string, expires: number): ShortLivedCredential {
  const authorizationUser = `${user}~${expires}`;
  return { user, authorizationUser, password: passwordOf(key, authorizationUser), expires };
}

/**
 * Whose credentials those are, and until when. Nothing is kept: name and end are in the user name, and the password is
 * made of them with a key. Undefined for other users.
 */
export function readAuthorizationUser(
  authorizationUser: string,
): { readonly user: string; readonly expires: number } | undefined {
  const [, user = '', expires = ''] = EXPIRING.exec(authorizationUser) ?? [];
  return isBrowserUser(user) ? { user, expires: Number(expires) } : undefined;
}

/**
 * The secret that such credentials are checked with. MD5 alone: what browsers have knows no other (JsSIP), and the
 * password is 256 random bits.
 *
 * @param authorizationUser - or the user of the address alone, for which nobody has a password
 * @param now - Unix s
 * @returns undefined when it is another kind of user, or the time is over
 */
export function shortLivedSecret(
  key: Uint8Array,
  realm: string,
  authorizationUser: string,
  now: number,
): { readonly MD5: string } | undefined {
  const credential = readAuthorizationUser(authorizationUser);
  if (credential === undefined)
    return isBrowserUser(authorizationUser)
      ? { MD5: digestHash('MD5', passwordOf(key, `nobody ${authorizationUser}`)) }
      : undefined;
  if (credential.expires <= now) return undefined;
  return { MD5: secretHash('MD5', authorizationUser, realm, passwordOf(key, authorizationUser)) };
}
