/** PORT to a time-stamping authority (RFC 3161). */
export interface TimeStampAuthority {
  readonly url: string;
  /**
   * @param data - what is stamped: its SHA-256 goes out, nothing else
   * @returns a TimeStampToken, DER, that was verified: nonce, imprint, signature, certificate for time-stamping
   * @throws IvrError TIMESTAMP_REFUSED, or TIMESTAMP_UNREACHABLE when no answer comes before `signal` aborts
   */
  stamp(data: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}
