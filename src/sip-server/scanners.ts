import type { SipRequest } from '../sip/message/message.ts';

/*
 * Tools that search networks for SIP servers to abuse, as they name themselves. Tools of operators (sipsak, sipp) are not among them.
 * People and products have names that begin or end like a tool's: a tool's name counts as a whole word alone, its version apart.
 */

const asWord = (names: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}])(?:${names})(?!\\p{L})`, 'iu');

/** Names that stand for nothing else, in every header that a caller fills in. */
const UNMISTAKABLE = asWord('friendly-(?:scanner|request)|sip-?vicious|sundayddr|siparmyknife');
/** Short ones, and those that are words or domains too: of the program that it says it is. */
const PROGRAM = asWord(
  'sipcli|sip-?scan|svmap|svcrack|svwar|vaxsipuseragent|vax sip|iwar|pplsip|sip-?bomber|sipptk|smap|metasploit|nmap|masscan|zgrab|mr\\.? ?sip',
);

/** Request-URI and To of scans name whoever is asked for. */
const CALLERS = ['User-Agent', 'From', 'Contact', 'Subject'] as const;

/** Whether a request says itself that it comes of a scan. */
export function isOfScanner({ headers }: SipRequest): boolean {
  const said = (name: string): string => (headers.get(name) ?? '').slice(0, 512);
  return PROGRAM.test(said('User-Agent')) || CALLERS.some((name) => UNMISTAKABLE.test(said(name)));
}
