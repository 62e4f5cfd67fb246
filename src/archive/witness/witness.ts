/** A signature line to add to the note, or, when the witness has another checkpoint than we thought, its size. */
export type WitnessAnswer = { readonly cosignature: string } | { readonly size: number };

/**
 * PORT to an independent witness (C2SP tlog-witness): it remembers the newest checkpoint that it has cosigned and cosigns
 * another only with the proof that the older is a part of it.
 */
export interface Witness {
  readonly name: string;
  /**
   * @param from - size of the checkpoint that we believe the witness has
   * @param proof - from there to the note's size
   * @throws IvrError WITNESS_REFUSED for a fork, a roll-back or a bad signature; WITNESS_UNREACHABLE when no answer comes before `signal` aborts
   */
  cosign(note: string, from: number, proof: readonly Uint8Array[], signal: AbortSignal): Promise<WitnessAnswer>;
}
