import { isIPv4 } from 'node:net';

/*
 * STUN as a keep-alive (RFC 5626 section 4.4.2, RFC 8489): a telephone behind a NAT asks on its SIP flow under which address
 * it is seen, and learns at once when its binding has changed.
 */

const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const MAGIC_COOKIE = 0x2112a442;
const XOR_MAPPED_ADDRESS = 0x0020;
const HEADER_BYTES = 20;
const LARGEST = 548;

/** No SIP message begins with such a byte (RFC 7983). */
export const isStun = (bytes: Uint8Array): boolean =>
  bytes.length >= HEADER_BYTES &&
  (bytes[0] ?? 0xff) < 4 &&
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32BE(4) === MAGIC_COOKIE;

/** @returns undefined for what is no binding request, or not a whole one. Never throws. */
export function stunResponse(
  bytes: Uint8Array,
  from: { readonly host: string; readonly port: number },
): Buffer | undefined {
  const request = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isRequest =
    request.length >= HEADER_BYTES &&
    request.length <= LARGEST &&
    request.readUInt16BE(0) === BINDING_REQUEST &&
    request.readUInt16BE(2) === request.length - HEADER_BYTES;
  if (!isRequest) return undefined;
  const address = isIPv4(from.host) ? bytesOfIpv4(from.host) : bytesOfIpv6(from.host);
  const response = Buffer.alloc(HEADER_BYTES + 8 + address.length);
  response.writeUInt16BE(BINDING_SUCCESS, 0);
  response.writeUInt16BE(8 + address.length, 2);
  request.copy(response, 4, 4, HEADER_BYTES); // cookie and transaction
  response.writeUInt16BE(XOR_MAPPED_ADDRESS, 20);
  response.writeUInt16BE(4 + address.length, 22);
  response.writeUInt16BE(address.length === 4 ? 1 : 2, 24);
  response.writeUInt16BE(from.port ^ (MAGIC_COOKIE >>> 16), 26);
  for (const [n, byte] of address.entries()) response[28 + n] = byte ^ (request[4 + n] ?? 0);
  return response;
}

/** @param transaction - 12 bytes */
export function stunRequest(transaction: Uint8Array): Buffer {
  const request = Buffer.alloc(HEADER_BYTES);
  request.writeUInt16BE(BINDING_REQUEST, 0);
  request.writeUInt32BE(MAGIC_COOKIE, 4);
  request.set(transaction.subarray(0, 12), 8);
  return request;
}

/**
 * What a binding response says: of which transaction it is (hexadecimal), and `host:port` as the far end sees us (of IPv4 alone).
 *
 * @returns undefined for whatever is no success response. Never throws.
 */
export function readStunResponse(
  bytes: Uint8Array,
): { readonly transaction: string; readonly seenAs: string | undefined } | undefined {
  const response = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (response.length < HEADER_BYTES || response.length > LARGEST) return undefined;
  if (response.readUInt16BE(0) !== BINDING_SUCCESS) return undefined;
  const transaction = response.toString('hex', 8, HEADER_BYTES);
  for (let at = HEADER_BYTES; at + 4 <= response.length; ) {
    const [type, length] = [response.readUInt16BE(at), response.readUInt16BE(at + 2)];
    const value = response.subarray(at + 4, at + 4 + length);
    if (type === XOR_MAPPED_ADDRESS && value.length === 8 && value[1] === 1) {
      const port = value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16);
      const host = [...value.subarray(4)].map((byte, n) => byte ^ (response[4 + n] ?? 0)).join('.');
      return { transaction, seenAs: `${host}:${port}` };
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { transaction, seenAs: undefined };
}

const bytesOfIpv4 = (address: string): number[] => address.split('.').map(Number);

function bytesOfIpv6(address: string): number[] {
  const [plain = ''] = address.split('%', 1);
  const [head = '', tail] = plain.split('::');
  const words = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const before = words(head);
  const after = words(tail ?? '');
  const all = [...before, ...Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => 0), ...after];
  return all.flatMap((word) => [word >> 8, word & 0xff]);
}
