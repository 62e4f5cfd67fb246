const QUOTED = /"(?:[^"\\]|\\.)*"/g;
const USER = /(?:sips?:([^@>]*)@|tel:([^;>?]*))/i;
const VISUAL_SEPARATORS = /[-.()]/g;
/** E.164 has 15 digits, a mail address 64 characters before its '@': what is longer names nobody. */
const LONGEST = 64;
/** Control and format characters: they write into terminals and pages what is not there. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

const printable = (text: string): string => Array.from(text.replace(UNPRINTABLE, '')).slice(0, LONGEST).join('');

/**
 * The user part of a From or To header's URI, or the number of a tel URI without its visual separators (RFC 3966).
 * Printable, and short; '' when there is none.
 */
export function userPart(header: string | undefined): string {
  const found = USER.exec((header ?? '').replace(QUOTED, ''));
  if (found === null) return '';
  const [, sip, tel] = found;
  if (sip === undefined) return printable((tel ?? '').replace(VISUAL_SEPARATORS, ''));
  // RFC 3261 section 19.1.6: what follows ';' describes the number
  const user = sip.split(/[:;]/, 1)[0] ?? '';
  try {
    return printable(decodeURIComponent(user));
  } catch {
    return printable(user);
  }
}
