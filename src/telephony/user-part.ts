const QUOTED = /"(?:[^"\\]|\\.)*"/g;
const USER = /(?:sips?:([^@>]*)@|tel:([^;>?]*))/i;
const VISUAL_SEPARATORS = /[-.()]/g;

/**
 * The user part of a From or To header's URI, or the number of a tel URI without its visual separators (RFC 3966).
 * '' when there is none.
 */
export function userPart(header: string | undefined): string {
  const found = USER.exec((header ?? '').replace(QUOTED, ''));
  if (found === null) return '';
  const [, sip, tel] = found;
  if (sip === undefined) return (tel ?? '').replace(VISUAL_SEPARATORS, '');
  // RFC 3261 section 19.1.6: what follows ';' describes the number
  const user = sip.split(/[:;]/, 1)[0] ?? '';
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}
