/** What takes our audio on its way to FreeSWITCH: the WebSocket of a fork. */
export interface ForkSink {
  /** Too much waits to be sent: what is given to it now would only wait longer. */
  readonly full: boolean;
  /** s16le, mono, 8 kHz. The bytes are the sink's from now on. */
  audio(bytes: Uint8Array): void;
  /** What FreeSWITCH has and has not played yet is thrown away. */
  kill(): void;
}
