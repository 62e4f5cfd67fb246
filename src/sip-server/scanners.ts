import type { SipRequest } from '../sip/message/message.ts';

/** Tools that search networks for SIP servers to abuse, as they name themselves. Tools of operators (sipsak, sipp) are not among them. */
const SCANNER =
  /friendly-(?:scanner|request)|sip-?vicious|sipcli|sip-?scan|svmap|svcrack|svwar|sundayddr|vaxsipuseragent|vax sip|iwar|pplsip|sip-?bomber|sipptk|smap\/|siparmyknife|metasploit|nmap|masscan|zgrab|mr\.? ?sip/i;

/** Where they do so; Request-URI and To of scans name whoever is asked for. */
const HEADERS = ['User-Agent', 'From', 'Contact', 'Subject'] as const;

/** Whether a request says itself that it comes of a scan. */
export const isOfScanner = ({ headers }: SipRequest): boolean =>
  HEADERS.some((name) => SCANNER.test((headers.get(name) ?? '').slice(0, 512)));
