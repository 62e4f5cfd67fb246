import type { SipMessage } from './message.ts';
import { encodeText, legible } from './raw-bytes.ts';

/** Lists of tokens go in one row: there are telephones that read the first row only. */
const ONE_ROW: ReadonlySet<string> = new Set(['Accept', 'Allow', 'Require', 'Supported', 'Unsupported']);

/**
 * The message as it goes on the wire: header text in UTF-8, the body as it is, Content-Length counted here, in bytes
 * (whatever the headers say).
 *
 * @param to - 'wire': bytes that were not UTF-8 go out as they came; 'application': all is UTF-8
 */
export function formatSipMessage(message: SipMessage, to: 'wire' | 'application' = 'wire'): Buffer {
  let head =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  for (const name of message.headers.names()) {
    if (name === 'Content-Length') continue;
    const values = message.headers.all(name);
    if (ONE_ROW.has(name)) head += `${name}: ${values.join(', ')}\r\n`;
    else for (const value of values) head += `${name}: ${value}\r\n`;
  }
  head += `Content-Length: ${message.body.byteLength}\r\n\r\n`;
  const headBytes = to === 'wire' ? encodeText(head) : Buffer.from(legible(head), 'utf8');
  return message.body.byteLength === 0 ? headBytes : Buffer.concat([headBytes, message.body]);
}
