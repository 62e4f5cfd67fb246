/** Of one value: 128 octets in hexadecimal, as ISDN carries them, with its parameters. */
const LONGEST = 512;
const MOST_VALUES = 4;
const VALUE =
  /^(?:[\da-zA-Z\-.!%*_+`'~]+|"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*")(?:;[\w-]+(?:=[\w\-.!%*+`'~]+)?)*$/;

/**
 * The User-to-User header (RFC 7433) of a call, to go along to whom the call is given: what systems on both sides say to each other,
 * and we do not read.
 *
 * @returns its values in one line; undefined when there is none, or one that is not of that form: nothing of it is passed on then
 */
export function userToUser(header: string | undefined): string | undefined {
  if (header === undefined || !WHOLE_QUOTES.test(header)) return undefined;
  const values = valuesOf(header).map(compact);
  const usable = values.length <= MOST_VALUES && values.every((value) => value.length <= LONGEST && VALUE.test(value));
  return usable ? values.join(', ') : undefined;
}

/** IA5 characters, by Q.931: the protocol discriminator before what is said (RFC 7434). */
const CHARACTERS = '04';

/** The header with which we name a contact to the system of whom its call is given to, where the caller's system said nothing. */
export const contactToUser = (contact: string): string =>
  `${CHARACTERS}${Buffer.from(contact, 'latin1').toString('hex')};encoding=hex;purpose=isdn-uui`;

const WHOLE_QUOTES = /^(?:"(?:[^"\\]|\\.)*"|[^"])*$/s;

/** Without spaces around `;` and `=`, those in quoted strings apart. */
const compact = (value: string): string =>
  value.replace(/"(?:[^"\\]|\\.)*"|\s*([;=])\s*/g, (whole: string, mark?: string) => mark ?? whole);

/** Divided at commas that are in no quoted string. */
const valuesOf = (header: string): readonly string[] =>
  (header.slice(0, MOST_VALUES * LONGEST).match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? ['']).map((value) => value.trim());

/** A Refer-To URI that makes the referred call carry the header (RFC 7433 section 4.2, RFC 3261 section 19.1.1). */
export function withUserToUser(uri: string, value: string | undefined): string {
  if (value === undefined) return uri;
  return `${uri}${uri.includes('?') ? '&' : '?'}User-to-User=${encodeURIComponent(value)}`;
}
