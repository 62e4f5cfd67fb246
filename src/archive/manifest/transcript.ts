export interface TranscriptWord {
  readonly text: string;
  readonly from_ms: number;
  readonly to_ms: number;
}

/** What one speaker said without a break, masked. Times since sample 0 of the recording. */
export interface TranscriptTurn {
  /** Index into the channels of the archived manifest. */
  readonly channel: number;
  readonly speaker: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly text: string;
  readonly confidence?: number;
  readonly words?: readonly TranscriptWord[];
}

export interface Transcript {
  readonly language: string;
  /** The recognition model that wrote it. */
  readonly model: string;
  readonly turns: readonly TranscriptTurn[];
}
