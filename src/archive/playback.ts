/** The recording as a stereo 16-bit WAV of known length that is rendered from chunks as it is read. */
export interface VirtualWav extends AsyncDisposable {
  /** Of the whole file, header included. */
  readonly bytes: number;
  /** Of a second of audio. */
  readonly bytesPerSecond: number;
  readonly headerBytes: number;
  /** Bytes `from` up to, not with, `to`. Pulled: what nobody reads is not rendered. */
  read(from: number, to: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface Playback {
  /** @param masked - hidden spans are silent */
  open(id: string, masked: boolean): Promise<VirtualWav>;
}
