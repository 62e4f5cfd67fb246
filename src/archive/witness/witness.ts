/**
 * PORT to an independent witness (C2SP tlog-witness): it remembers the newest checkpoint that it has seen and cosigns a newer
 * one only with the proof that the older is a part of it.
 */
export interface Witness {
  readonly name: string;
  /**
   * @param from - size of the checkpoint that we believe the witness has
   * @returns the signature line (C2SP tlog-cosignature) to add to the note
   * @throws IvrError WITNESS_REFUSED for a fork, a roll-back or a bad signature; WITNESS_UNREACHABLE when no answer comes before `signal` aborts
   */
  cosign(note: string, from: number, proof: readonly Uint8Array[], signal: AbortSignal): Promise<string>;
  /** The size that it has, learnt from its last answer. */
  readonly size: number;
}
