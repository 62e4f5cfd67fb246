/* How events and answers look on the event socket: captures esl-outbound-main, esl-inbound-main. */

export type Headers = readonly (readonly [name: string, value: string])[];

/** What switch_url_encode escapes: as in the CHANNEL_DATA of the captures (`/`, `,` and `-` stay). */
const UNSAFE = /[\r\n "#%&+:;<=>?@[\\\]^`{|}]|[^\x20-\x7e]/gu;

const encode = (value: string): string =>
  value.replace(UNSAFE, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );

/** CHANNEL_DATA as the answer to `connect`, and the body of `uuid_dump`. */
export const plainEvent = (headers: Headers): string =>
  `${headers.map(([name, value]) => `${name}: ${name === 'Content-Type' ? value : encode(value)}\n`).join('')}\n`;

/** An event in JSON: a header that is there twice keeps its last value. */
export function jsonEvent(headers: Headers, body?: string): string {
  const object: Record<string, string> = Object.fromEntries(headers);
  if (body !== undefined) {
    object['Content-Length'] = String(Buffer.byteLength(body));
    object['_body'] = body;
  }
  const text = JSON.stringify(object);
  return `Content-Length: ${Buffer.byteLength(text)}\nContent-Type: text/event-json\n\n${text}`;
}

export const commandReply = (text: string): string => `Content-Type: command/reply\nReply-Text: ${text}\n\n`;

export const apiResponse = (body: string): string =>
  `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`;

/** The end of an outbound connection (capture esl-outbound-main, last message). */
export const disconnectNotice = (uuid: string): string => {
  const body = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n';
  return `Content-Type: text/disconnect-notice\nControlled-Session-UUID: ${uuid}\nContent-Disposition: disconnect\nContent-Length: ${body.length}\n\n${body}`;
};
