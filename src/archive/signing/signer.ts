/** `ed25519`: RFC 8032. `sm2-sm3`: GB/T 32918.2 over SM3, signer id 1234567812345678, DER. */
export type SignatureAlgorithm = 'ed25519' | 'sm2-sm3';

/**
 * PORT to a private key that signs: in memory, or in a hardware module that is asked each time.
 */
export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  /** SHA-256 of `publicKey`, hexadecimal: what people compare, on paper too. */
  readonly keyId: string;
  /** SubjectPublicKeyInfo, DER (RFC 5280 section 4.1). */
  readonly publicKey: Uint8Array;
  /** The signature over the message itself (not its digest): 64 bytes of Ed25519, or a DER sequence of two integers of SM2. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** A signature as it stands in JSON. */
export interface Signature {
  readonly algorithm: SignatureAlgorithm;
  readonly key: string;
  /** Canonical base64. */
  readonly value: string;
}

/** A text and what signs its UTF-8 bytes: Ed25519 always, SM2 too where the national profile is on. */
export interface SignedText {
  readonly text: string;
  readonly signatures: readonly Signature[];
}
