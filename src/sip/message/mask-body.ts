/** Attributes of a session description that name nobody and give no key away. Of all others the name is shown. */
const PUBLIC_ATTRIBUTES: ReadonlySet<string> = new Set([
  'candidate',
  'end-of-candidates',
  'extmap',
  'fingerprint',
  'fmtp',
  'group',
  'ice-lite',
  'ice-options',
  'inactive',
  'label',
  'maxptime',
  'mid',
  'ptime',
  'recvonly',
  'rtcp',
  'rtcp-fb',
  'rtcp-mux',
  'rtpmap',
  'sendonly',
  'sendrecv',
  'setup',
]);
const PLAIN_LINES: ReadonlySet<string> = new Set(['v', 'c', 'b', 't', 'm']);
/** Beyond this a description is no longer of use to a reader. */
const MOST_LINES = 80;
const MOST_BYTES = 16_384;

/** The body as it may be shown: a session description (RFC 8866) without names, texts and keys; of any other body its type and length. */
export function maskBody(type: string, body: Uint8Array): readonly string[] {
  if (body.byteLength === 0) return [];
  const media = type.split(';')[0]?.trim().toLowerCase() ?? '';
  if (media !== 'application/sdp') return [`[${plainType(media)}, ${body.byteLength} bytes]`];
  const lines = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, MOST_BYTES))
    .toString('latin1')
    .split(/\r\n|\r|\n/)
    .filter((line) => line !== '');
  const shown = lines.slice(0, MOST_LINES).map(maskLine);
  if (lines.length > MOST_LINES || body.byteLength > MOST_BYTES) shown.push(`[${body.byteLength} bytes in all]`);
  return shown;
}

const plainType = (media: string): string =>
  /^[\w.+-]{1,40}\/[\w.+-]{1,60}$/.test(media) ? media : 'of no known type';

function maskLine(line: string): string {
  const type = line[0] ?? '';
  if (line[1] !== '=') return '[no line of SDP]';
  if (PLAIN_LINES.has(type)) return line;
  // of the origin its versions and address: they tell which offer it is
  if (type === 'o') return `o=… ${line.split(' ').slice(1).join(' ')}`;
  if (type !== 'a') return `${type}=…`;
  const colon = line.indexOf(':');
  const name = colon < 0 ? line.slice(2) : line.slice(2, colon);
  if (PUBLIC_ATTRIBUTES.has(name)) return line;
  if (name === 'crypto')
    return line
      .replace(/inline:\S*/g, 'inline:…')
      .split(' ')
      .slice(0, 3)
      .join(' ');
  return colon < 0 ? `a=${name}` : `a=${name}:…`;
}
