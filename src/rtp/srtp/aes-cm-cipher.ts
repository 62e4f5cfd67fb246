import { type Cipher, createCipheriv, hash, timingSafeEqual } from 'node:crypto';
import type { SessionKeys } from './key-derivation.ts';
import type { CipherInput, PacketCipher } from './packet-cipher.ts';

const BLOCK = 16;
/** Blocks of key stream for the longest packet. */
const MOST_BLOCKS = 128;
const SALT_OCTETS = 14;
const HASH_BLOCK = 64;
const HASH_OCTETS = 20;

/**
 * AES in counter mode with HMAC-SHA1 (RFC 3711 sections 4.1.1 and 4.2.1). Both are composed of what OpenSSL does in one go
 * with objects that live as long as the key: a cipher or an HMAC made anew for each packet costs three times as much.
 */
export class AesCmCipher implements PacketCipher {
  readonly tagOctets: number;
  readonly aead = false;
  /** Encrypts counters: the key stream. */
  readonly #aes: Cipher;
  readonly #salt: Buffer;
  /** Counters of one packet; the last two octets of each never change. */
  readonly #counters = Buffer.alloc(BLOCK * MOST_BLOCKS);
  readonly #iv = Buffer.alloc(BLOCK);
  /** HMAC (RFC 2104): the padded key, and behind it what is hashed. */
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  constructor({ cipher, authentication, salt }: SessionKeys, tagOctets: number) {
    this.tagOctets = tagOctets;
    this.#aes = createCipheriv('aes-128-ecb', cipher, null).setAutoPadding(false);
    this.#salt = Buffer.from(salt);
    for (let block = 0; block < MOST_BLOCKS; block++) this.#counters.writeUInt16BE(block, block * BLOCK + SALT_OCTETS);
    this.#inner = padded(authentication, 0x36, HASH_BLOCK + BLOCK * MOST_BLOCKS);
    this.#outer = padded(authentication, 0x5c, HASH_BLOCK + HASH_OCTETS);
  }

  seal(packet: Uint8Array, input: CipherInput, into: Uint8Array): number {
    const { length } = packet;
    into.set(packet);
    if (input.encrypted) this.#crypt(into, length, input);
    into.set(this.#tag(into, length, input.trailer).subarray(0, this.tagOctets), length);
    return length + this.tagOctets;
  }

  open(packet: Uint8Array, tag: Uint8Array, input: CipherInput): boolean {
    const { length } = packet;
    if (!timingSafeEqual(this.#tag(packet, length, input.trailer).subarray(0, this.tagOctets), tag)) return false;
    if (input.encrypted) this.#crypt(packet, length, input);
    return true;
  }

  wipe(): void {
    this.#aes.final();
    for (const secret of [this.#salt, this.#counters, this.#iv, this.#inner, this.#outer]) secret.fill(0);
  }

  #crypt(packet: Uint8Array, length: number, { ssrc, index, clear }: CipherInput): void {
    const blocks = Math.ceil((length - clear) / BLOCK);
    if (blocks <= 0) return;
    const iv = this.#iv;
    iv.set(this.#salt);
    for (let i = 0; i < 4; i++) iv[4 + i] = (iv[4 + i] ?? 0) ^ (ssrc >>> (24 - 8 * i));
    const high = Math.floor(index / 0x1_0000_0000);
    const low = index >>> 0;
    iv[8] = (iv[8] ?? 0) ^ (high >>> 8);
    iv[9] = (iv[9] ?? 0) ^ high;
    for (let i = 0; i < 4; i++) iv[10 + i] = (iv[10 + i] ?? 0) ^ (low >>> (24 - 8 * i));
    const counters = this.#counters;
    for (let at = 0; at < blocks * BLOCK; at += BLOCK)
      for (let i = 0; i < SALT_OCTETS; i++) counters[at + i] = iv[i] ?? 0;
    const stream = this.#aes.update(counters.subarray(0, blocks * BLOCK));
    for (let i = clear; i < length; i++) packet[i] = (packet[i] ?? 0) ^ (stream[i - clear] ?? 0);
  }

  #tag(packet: Uint8Array, length: number, trailer: Uint8Array): Buffer {
    const inner = this.#inner;
    inner.set(length === packet.length ? packet : packet.subarray(0, length), HASH_BLOCK);
    inner.set(trailer, HASH_BLOCK + length);
    this.#outer.set(hash('sha1', inner.subarray(0, HASH_BLOCK + length + trailer.length), 'buffer'), HASH_BLOCK);
    return hash('sha1', this.#outer, 'buffer');
  }
}

function padded(key: Uint8Array, pad: number, octets: number): Buffer {
  const whole = Buffer.alloc(octets);
  whole.fill(pad, 0, HASH_BLOCK);
  for (let i = 0; i < key.length; i++) whole[i] = (key[i] ?? 0) ^ pad;
  return whole;
}
