import { endOfQuoted, formatParameters, type Parameters, parseParameters, skipSpace } from './parameters.ts';
import { trimSpace } from './token.ts';
import { parseSipUri, schemeOf, type SipUri } from './uri.ts';

/** The value of From, To, Contact, Route, Record-Route, Refer-To… (RFC 3261 section 20.10). */
export interface NameAddress {
  /** Without quotes and escapes; '' when there is none. */
  readonly displayName: string;
  readonly uri: string;
  /** Those behind the '>', `tag` among them; never those of the URI. */
  readonly parameters: Parameters;
}

/**
 * Parses one `"name" <uri>;parameters` or `uri;parameters`. The display name is taken liberally (many telephones send
 * one unquoted); the URI is not: an absolute URI, and when it is SIP a well-formed one.
 *
 * @returns undefined when it is malformed ('*' of a Contact too). Linear; never throws.
 */
export function parseNameAddress(text: string): NameAddress | undefined {
  const start = skipSpace(text, 0);
  let displayName = '';
  let open = start;
  if (text[start] === '"') {
    const end = endOfQuoted(text, start);
    if (end === undefined) return undefined;
    displayName = text.slice(start + 1, end - 1).replace(/\\([\s\S])/g, '$1');
    open = skipSpace(text, end);
    if (text[open] !== '<') return undefined;
  } else {
    open = text.indexOf('<', start);
    if (open < 0) return parseBareAddress(text.slice(start));
    displayName = trimSpace(text.slice(start, open));
    if (displayName.includes('"') || displayName.includes('>')) return undefined;
  }
  const close = text.indexOf('>', open);
  if (close < 0) return undefined;
  const uri = text.slice(open + 1, close);
  const parameters = parseParameters(text, close + 1);
  return isUri(uri) && parameters !== undefined ? { displayName, uri, parameters } : undefined;
}

/** Without brackets every ';' begins a parameter of the header, and ',' and '?' may not stand in the URI (section 20). */
function parseBareAddress(text: string): NameAddress | undefined {
  const end = /[;\s]/.exec(text)?.index ?? text.length;
  const uri = text.slice(0, end);
  const parameters = parseParameters(text, end);
  if (parameters === undefined || /[,?]/.test(uri) || !isUri(uri)) return undefined;
  return { displayName: '', uri, parameters };
}

function isUri(uri: string): boolean {
  const scheme = schemeOf(uri);
  if (scheme === 'sip' || scheme === 'sips') return parseSipUri(uri) !== undefined;
  return scheme !== undefined && uri.length > scheme.length + 1 && !/[\s<>"\p{Cc}]/u.test(uri);
}

/** The display name is always quoted, so whatever it holds is safe. */
export function formatNameAddress(address: NameAddress): string {
  const name = address.displayName === '' ? '' : `"${address.displayName.replace(/["\\]/g, '\\$&')}" `;
  return `${name}<${address.uri}>${formatParameters(address.parameters)}`;
}

/** The dialog tag of a From or To value; undefined when there is none. */
export const tagOf = (address: NameAddress | undefined): string | undefined => {
  const tag = address?.parameters.get('tag');
  return tag === '' ? undefined : tag;
};

/** The tag of a From or To header as it stands; undefined when there is none or the header is malformed. */
export const tagOfHeader = (header: string | undefined): string | undefined =>
  header === undefined ? undefined : tagOf(parseNameAddress(header));

/** The SIP URI in a header's value; undefined when there is none. */
export const sipUriOf = (header: string | undefined): SipUri | undefined =>
  parseSipUri(parseNameAddress(header ?? '')?.uri ?? '');
