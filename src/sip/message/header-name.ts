/** RFC 3261 section 20 and the registry's compact forms (RFC 3265, 3515, 3841, 3892, 4028, 4474). */
const COMPACT: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
};

/** Headers whose rows are lists: `A: x, y` means the same as two rows (RFC 3261 section 7.3.1). */
const LISTS: ReadonlySet<string> = new Set([
  'Accept',
  'Accept-Encoding',
  'Accept-Language',
  'Alert-Info',
  'Allow',
  'Allow-Events',
  'Call-Info',
  'Contact',
  'Content-Encoding',
  'Content-Language',
  'Diversion',
  'Error-Info',
  'History-Info',
  'In-Reply-To',
  'P-Asserted-Identity',
  'P-Preferred-Identity',
  'Path',
  'Proxy-Require',
  'Reason',
  'Record-Route',
  'Require',
  'Route',
  'Service-Route',
  'Supported',
  'Unsupported',
  'Via',
  'Warning',
]);

const OTHERS = [
  'Authorization',
  'Content-Disposition',
  'CSeq',
  'Date',
  'Expires',
  'MIME-Version',
  'Max-Forwards',
  'Min-Expires',
  'Min-SE',
  'Organization',
  'Priority',
  'Privacy',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'RAck',
  'RSeq',
  'Replaces',
  'Reply-To',
  'Retry-After',
  'SIP-ETag',
  'SIP-If-Match',
  'Server',
  'Subscription-State',
  'Timestamp',
  'User-Agent',
  'WWW-Authenticate',
];

/** Every known spelling: as written, in lower case, compact. Never grows: names from the wire are not kept. */
const KNOWN: ReadonlyMap<string, string> = new Map([
  ...[...LISTS, ...Object.values(COMPACT), ...OTHERS].flatMap((name): [string, string][] => [
    [name, name],
    [name.toLowerCase(), name],
  ]),
  ...Object.entries(COMPACT),
]);

/** 'v', 'VIA' and 'via' are 'Via'; an unknown name gets a capital after each hyphen. */
export function canonicalHeaderName(name: string): string {
  const known = KNOWN.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  return KNOWN.get(lower) ?? lower.replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** @param name - canonical */
export const isListHeader = (name: string): boolean => LISTS.has(name);
