/** A packet on its way through a cipher, and what of it is in the clear. */
export interface CipherInput {
  readonly ssrc: number;
  /** 48 bits of SRTP (roll-over counter and sequence number), 31 of SRTCP. */
  readonly index: number;
  /** Octets in front that stay readable. */
  readonly clear: number;
  /** What is authenticated besides the packet: the roll-over counter of SRTP where the suite wants it, the index word of SRTCP. */
  readonly trailer: Uint8Array;
  readonly encrypted: boolean;
}

/** Encryption and authentication of a suite, with the session keys of RTP or RTCP. Not for two streams at a time. */
export interface PacketCipher {
  /** Octets of its tag. */
  readonly tagOctets: number;
  /** Its tag is part of the ciphertext: what SRTP appends stands behind it, otherwise before it (RFC 7714 section 8.2). */
  readonly aead: boolean;
  /**
   * @param packet - plain
   * @param into - has room for the packet and its tag; may not overlap it
   * @returns the packet's octets, encrypted, then the tag: how many were written
   */
  seal(packet: Uint8Array, input: CipherInput, into: Uint8Array): number;
  /**
   * @param packet - encrypted; decrypted in place
   * @returns whether it is authentic; if not, the packet is as it was
   */
  open(packet: Uint8Array, tag: Uint8Array, input: CipherInput): boolean;
  /** Forgets its keys. */
  wipe(): void;
}
