import type { SipMessage } from './message.ts';

/**
 * The message as it goes on the wire: header text in UTF-8, the body as it is, Content-Length counted here, in bytes
 * (whatever the headers say).
 */
export function formatSipMessage(message: SipMessage): Buffer {
  let head =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  for (const [name, value] of message.headers.entries()) if (name !== 'Content-Length') head += `${name}: ${value}\r\n`;
  head += `Content-Length: ${message.body.byteLength}\r\n\r\n`;
  const headBytes = Buffer.from(head, 'utf8');
  return message.body.byteLength === 0 ? headBytes : Buffer.concat([headBytes, message.body]);
}
