import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { SessionKeys } from './key-derivation.ts';
import type { CipherInput, PacketCipher } from './packet-cipher.ts';

const TAG_OCTETS = 16;
const IV_OCTETS = 12;

/** AES-GCM (RFC 7714 sections 8 and 9). */
export class AesGcmCipher implements PacketCipher {
  readonly tagOctets = TAG_OCTETS;
  readonly aead = true;
  readonly #name: 'aes-128-gcm' | 'aes-256-gcm';
  readonly #key: Buffer;
  readonly #salt: Buffer;
  readonly #iv = Buffer.alloc(IV_OCTETS);
  /** SRTP authenticates the roll-over counter by its IV, SRTCP the index word with the data. */
  readonly #of: 'rtp' | 'rtcp';

  constructor(name: 'aes-128-gcm' | 'aes-256-gcm', { cipher, salt }: SessionKeys, of: 'rtp' | 'rtcp') {
    this.#name = name;
    this.#key = Buffer.from(cipher);
    this.#salt = Buffer.from(salt);
    this.#of = of;
  }

  seal(packet: Uint8Array, input: CipherInput, into: Uint8Array): number {
    const clear = input.encrypted ? input.clear : packet.length;
    const cipher = createCipheriv(this.#name, this.#key, this.#ivOf(input));
    cipher.setAAD(this.#associated(packet, clear, input.trailer));
    into.set(packet.subarray(0, clear));
    into.set(cipher.update(packet.subarray(clear)), clear);
    cipher.final();
    into.set(cipher.getAuthTag(), packet.length);
    return packet.length + TAG_OCTETS;
  }

  open(packet: Uint8Array, tag: Uint8Array, input: CipherInput): boolean {
    const clear = input.encrypted ? input.clear : packet.length;
    const cipher = createDecipheriv(this.#name, this.#key, this.#ivOf(input), { authTagLength: TAG_OCTETS });
    cipher.setAAD(this.#associated(packet, clear, input.trailer));
    cipher.setAuthTag(tag);
    const plain = cipher.update(packet.subarray(clear));
    try {
      cipher.final();
    } catch {
      return false;
    }
    packet.set(plain, clear);
    return true;
  }

  wipe(): void {
    for (const secret of [this.#key, this.#salt, this.#iv]) secret.fill(0);
  }

  #associated(packet: Uint8Array, clear: number, trailer: Uint8Array): Uint8Array {
    const head = packet.subarray(0, clear);
    return this.#of === 'rtp' ? head : Buffer.concat([head, trailer]);
  }

  #ivOf({ ssrc, index }: CipherInput): Buffer {
    const iv = this.#iv;
    iv.fill(0);
    iv.writeUInt32BE(ssrc, 2);
    iv.writeUIntBE(index, 6, 6);
    for (let i = 0; i < IV_OCTETS; i++) iv[i] = (iv[i] ?? 0) ^ (this.#salt[i] ?? 0);
    return iv;
  }
}
