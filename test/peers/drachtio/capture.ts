import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testData } from '../../support/test-data.ts';

/** A message of drachtio's control protocol as it was recorded: `uuid|type|…`, then the SIP message if there is one. */
export interface Frame {
  readonly from: 'client' | 'server';
  readonly id: string;
  readonly type: string;
  /** What follows the type in the first line. */
  readonly fields: readonly string[];
  readonly sip: SipText | undefined;
  /** The whole first line. */
  readonly line: string;
}

export interface SipText {
  readonly start: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** What happened on one TCP connection, in order; `closed` at its end, by the server. */
export interface Recorded {
  readonly connection: number;
  readonly frames: readonly Frame[];
  readonly closed: boolean;
}

const CHUNK = /^=== conn(\d+) (client->server|server->client) \+[\d.]+s (\d+)B\n/;
const CLOSED = /^=== conn(\d+) (client|server) closed\n/;

/** The header's value, whatever case its name was written in. */
export const headerOf = (sip: SipText | undefined, name: string): string | undefined =>
  sip?.headers.find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1];

export function parseSipText(text: string): SipText {
  const end = text.indexOf('\r\n\r\n');
  const [start = '', ...lines] = (end < 0 ? text : text.slice(0, end)).split('\r\n');
  const headers = lines
    .filter((line) => line !== '')
    .map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()] as const);
  return { start, headers, body: end < 0 ? '' : text.slice(end + 4) };
}

export function parseFrame(from: Frame['from'], payload: string): Frame {
  const end = payload.indexOf('\r\n');
  const line = end < 0 ? payload : payload.slice(0, end);
  const [id = '', type = '', ...fields] = line.split('|');
  return { from, id, type, fields, line, sip: end < 0 ? undefined : parseSipText(payload.slice(end + 2)) };
}

/** The first line and the SIP message as they are sent. */
export function textOf(line: readonly string[], sip: SipText | undefined): string {
  if (sip === undefined) return line.join('|');
  const headers = sip.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${line.join('|')}\r\n${sip.start}\r\n${headers}\r\n${sip.body}`;
}

/** Frames out of a stream of bytes in whatever pieces they come. */
export class Deframer {
  #pending = Buffer.alloc(0);

  push(bytes: Uint8Array): string[] {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    const payloads: string[] = [];
    for (;;) {
      const hash = this.#pending.indexOf('#');
      if (hash < 0) return payloads;
      const length = Number(this.#pending.toString('latin1', 0, hash));
      if (!Number.isInteger(length) || length <= 0) throw new Error('no frame of the control protocol');
      if (this.#pending.length < hash + 1 + length) return payloads;
      payloads.push(this.#pending.toString('utf8', hash + 1, hash + 1 + length));
      this.#pending = this.#pending.subarray(hash + 1 + length);
    }
  }
}

export function parseCapture(file: Buffer): Recorded[] {
  const connections = new Map<number, { frames: Frame[]; closed: boolean; reading: Record<Frame['from'], Deframer> }>();
  const connection = (n: number) => {
    const known = connections.get(n) ?? {
      frames: [],
      closed: false,
      reading: { client: new Deframer(), server: new Deframer() },
    };
    connections.set(n, known);
    return known;
  };
  let at = 0;
  while (at < file.length) {
    const head = file.toString('latin1', at, at + 200);
    const chunk = CHUNK.exec(head);
    const closed = CLOSED.exec(head);
    if (chunk !== null) {
      const [whole, n, way, bytes] = chunk;
      const from = way === 'client->server' ? 'client' : 'server';
      const start = at + whole.length;
      at = start + Number(bytes);
      const { frames, reading } = connection(Number(n));
      for (const payload of reading[from].push(file.subarray(start, at))) frames.push(parseFrame(from, payload));
    } else if (closed !== null) {
      connection(Number(closed[1])).closed = true;
      at += closed[0].length;
    } else at++; // blank lines between
  }
  return [...connections.entries()].map(([n, { frames, closed }]) => ({ connection: n, frames, closed }));
}

/** Undefined where the recordings are not at hand. */
export function readCapture(name: string): Recorded[] | undefined {
  const folder = testData('captures');
  return folder === undefined ? undefined : parseCapture(readFileSync(join(folder, `drachtio-tcp-${name}.txt`)));
}
