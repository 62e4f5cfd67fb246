/** A packet of audio, in the order of arrival. The same object each time. */
export interface HeardPacket {
  /** Samples since the leg's origin. */
  at: number;
  /** One byte a sample, in the leg's codec. */
  payload: Uint8Array;
  /** Agreed silence before it: the far end sent nothing, and nothing was lost. */
  quietBefore: number;
  /** Samples before it that the drift correction left out: repeat the first one. */
  repeatBefore: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
}
