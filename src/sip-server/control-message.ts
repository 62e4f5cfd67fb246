import { randomUUID } from 'node:crypto';
import type { SipProtocol } from '../sip/message/protocol.ts';

/*
 * The first line of a control frame. From the application: `uuid|type|argument|…`; drachtio-server's side of it was
 * recorded from version 0.9.10.
 */

export type ControlMessage =
  | { readonly type: 'authenticate'; readonly id: string; readonly secret: string }
  | { readonly type: 'route' | 'remove_route'; readonly id: string; readonly verb: string }
  | { readonly type: 'ping' | 'proxy'; readonly id: string }
  | {
      readonly type: 'sip';
      readonly id: string;
      readonly transactionId: string;
      readonly dialogId: string;
      /** Where to send an out-of-dialog request in place of its Request-URI; '' without. */
      readonly proxy: string;
      readonly message: Buffer;
    }
  | { readonly type: 'unknown'; readonly id: string };

const CR = 0x0d;
const LF = 0x0a;
const ID = /^[\w-]{1,64}$/;
const VERB = /^[\w:*-]{1,32}$/;

/** @returns undefined when it is not a control message at all: the connection has to be closed */
export function parseControlMessage(payload: Buffer): ControlMessage | undefined {
  const cr = payload.indexOf(CR);
  const line = payload.toString('utf8', 0, cr < 0 ? payload.length : cr);
  const [id, type, first = '', second = '', third = ''] = line.split('|');
  if (id === undefined || !ID.test(id) || type === undefined) return undefined;
  switch (type) {
    case 'authenticate':
      return { type, id, secret: first };
    case 'route':
    case 'remove_route':
      return VERB.test(first) ? { type, id, verb: first.toUpperCase() } : { type: 'unknown', id };
    case 'ping':
    case 'proxy':
      return { type, id };
    case 'sip':
      if (cr < 0 || payload[cr + 1] !== LF) return { type: 'unknown', id };
      return { type, id, transactionId: first, dialogId: second, proxy: third, message: payload.subarray(cr + 2) };
    default:
      return { type: 'unknown', id };
  }
}

/** Which way a message went, as the control protocol reports it. */
export interface Passage {
  readonly protocol: SipProtocol;
  readonly host: string;
  readonly port: number;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** `21:33:12.896000`: local time with microseconds. */
export function clockTime(wall: number): string {
  const at = new Date(wall);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${time}.${String(at.getMilliseconds()).padStart(3, '0')}000`;
}

const passed = (bytes: number, by: Passage, wall: number): string =>
  `${bytes}|${by.protocol.toLowerCase()}|${by.host}|${by.port}|${clockTime(wall)}`;

/** A plain reply: `OK`, `OK|…` or `NOK|reason`. */
export const replyLine = (to: string, ...fields: readonly string[]): string =>
  `${randomUUID()}|response|${to}|${fields.join('|')}`;

/** What came from the network. `receivedOn` only for requests outside of a dialog. */
export function networkLine(
  message: Uint8Array,
  by: Passage,
  wall: number,
  transactionId: string,
  dialogId: string,
  receivedOn?: { readonly host: string; readonly port: number },
): string {
  const end = receivedOn === undefined ? '' : `${receivedOn.host}|${receivedOn.port}|`;
  return `${randomUUID()}|sip|network|${passed(message.length, by, wall)}|${transactionId}|${dialogId}|${end}\r\n`;
}

/** The reply to a request that the application asked for, with the request as it was sent. */
export const sentRequestLine = (
  to: string,
  message: Uint8Array,
  by: Passage,
  wall: number,
  transactionId: string,
): string =>
  `${randomUUID()}|response|${to}|OK|application|${passed(message.length, by, wall)}|${transactionId}|Msg sent:|\r\n`;

/** The reply to a response that the application asked for. `dialogId` is '' when the response made or left none. */
export const sentResponseLine = (
  to: string,
  message: Uint8Array,
  by: Passage,
  wall: number,
  transactionId: string,
  dialogId: string,
): string =>
  `${randomUUID()}|response|${to}|OK|application|${passed(message.length, by, wall)}|${transactionId}|${dialogId}||Msg sent:|\r\n`;

/** A request that we sent for our own reasons: a BYE because no ACK came or the session timer ran out. */
export const unsolicitedLine = (message: Uint8Array, by: Passage, wall: number, dialogId: string): string =>
  `${randomUUID()}|sip|application|${passed(message.length, by, wall)}|unsolicited|${dialogId}|\r\n`;
