import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { IvrError } from '../domain/error.ts';

interface WirePrototype {
  readonly mapIncomingMsg: Map<Socket, { readonly incomingMsg: Buffer }>;
  _onData(socket: Socket, data: Buffer): void;
}

/** A message is at most one SIP message and a line. */
const MOST_BUFFERED = 1024 * 1024;

const isWirePrototype = (value: unknown): value is WirePrototype =>
  typeof value === 'object' && value !== null && '_onData' in value && typeof value._onData === 'function';

/**
 * Given bytes that are not a message of a SIP server, srf throws from a socket's event, which would end the process with
 * all that was received in the error's text; and it buffers a message without an end for ever. Such a connection is closed
 * instead.
 */
export function containWire(): void {
  const exported: unknown = createRequire(import.meta.url)('drachtio-srf/lib/wire-protocol.js');
  const prototype: unknown = typeof exported === 'function' ? Reflect.get(exported, 'prototype') : undefined;
  if (!isWirePrototype(prototype)) throw new IvrError('INTERNAL', 'drachtio-srf has no wire protocol');
  const take: unknown = Reflect.get(prototype, '_onData');
  prototype._onData = function contained(this: WirePrototype, socket: Socket, data: Buffer): void {
    const gathered = this.mapIncomingMsg.get(socket)?.incomingMsg.length ?? 0;
    try {
      if (gathered + data.length > MOST_BUFFERED) throw new RangeError('a message that has no end');
      if (typeof take === 'function') Reflect.apply(take, this, [socket, data]);
    } catch {
      socket.destroy(new Error('it sent something that is not a message of a SIP server'));
    }
  };
}
