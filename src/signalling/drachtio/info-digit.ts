const RELAY = /^\s*Signal\s*=\s*([0-9A-Da-d*#]|1[0-5])\s*$/im;
const PLAIN = /^\s*([0-9A-Da-d*#]|1[0-5])\s*$/;
const BY_EVENT = '0123456789*#ABCD';

/**
 * The key in a SIP INFO body: `Signal=5` of application/dtmf-relay, the bare key of application/dtmf. Both come with
 * event numbers for keys ('10' for '*') from some gateways.
 *
 * @returns '0'-'9', '*', '#', 'A'-'D'; undefined for anything else
 */
export function infoDigit(contentType: string | undefined, body: string | undefined): string | undefined {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase();
  const pattern = type === 'application/dtmf-relay' ? RELAY : type === 'application/dtmf' ? PLAIN : undefined;
  const key = pattern?.exec(body ?? '')?.[1];
  if (key === undefined) return undefined;
  return key.length === 2 ? BY_EVENT[Number(key)] : key.toUpperCase();
}
