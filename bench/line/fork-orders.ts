/* What `bench/forks.ts` asks of the two processes that it measures with, and what they answer. Times are ms. */

export interface Fork {
  readonly endpoint: number;
  readonly port: number;
  readonly token: string;
}

export interface ForkServerOrders {
  readonly open: {
    readonly order: {
      readonly vad: boolean;
      readonly folder: string;
      readonly user: string;
      readonly password: string;
    };
    readonly answer: object;
  };
  /** Legs that wait for their forks, recorded, with a prompt playing again and again. */
  readonly add: {
    readonly order: { readonly legs: number; readonly bargeIn: 'none' | 'speech' };
    readonly answer: readonly Fork[];
  };
  readonly clear: { readonly order: object; readonly answer: object };
  /** Since the last `clear`. */
  readonly take: { readonly order: object; readonly answer: ForkServerFigures };
  /** Each leg in turn is told by the main thread to be silent, and to go on a second later. */
  readonly silence: { readonly order: { readonly everyMs: number }; readonly answer: readonly Decision[] };
  /** Ends all legs, seals their recordings. */
  readonly end: { readonly order: object; readonly answer: RecordingFigures };
}

export interface ForkServerFigures {
  /** From the sending of a frame to its being in the recognizer's buffer. */
  readonly ages: Float64Array;
  /** Frames in which no stamp was found. */
  readonly unread: number;
  readonly tickP99: number;
  readonly received: number;
  readonly dropped: number;
  readonly underrunMs: number;
  readonly tapLateMs: number;
  readonly vadFallbacks: number;
  readonly oldestUnsyncedMs: number;
  /** Of speech over a prompt. */
  readonly decisions: readonly Decision[];
  readonly troubles: readonly string[];
}

export interface Decision {
  readonly endpoint: number;
  /** By the machine's clock. */
  readonly at: number;
}

export interface RecordingFigures {
  readonly recordings: number;
  readonly minutes: number;
  readonly problems: number;
  /** By reason, ms, of all tracks. Before the first frame and after the last one there is no audio: 'no-rtp'. */
  readonly gapsMs: Readonly<Record<string, number>>;
  readonly bytesPerMinute: number;
}

export interface ForkCallersOrders {
  readonly open: {
    readonly order: { readonly loop: Uint8Array; readonly user: string; readonly password: string };
    readonly answer: object;
  };
  readonly connect: { readonly order: { readonly forks: readonly Fork[] }; readonly answer: object };
  readonly clear: { readonly order: object; readonly answer: object };
  readonly take: { readonly order: object; readonly answer: ForkCallersFigures };
  readonly 'hang-up': { readonly order: object; readonly answer: object };
}

export interface ForkCallersFigures {
  readonly legs: number;
  readonly lost: number;
  readonly framesSent: number;
  /** Of the bot's audio, when the leg's next 20 ms are due: the least that lay ready for being played, ms; and how often nothing did. */
  readonly leastLead: number;
  readonly dry: number;
  /** Of the callers' own clock. */
  readonly ownLateP99: number;
  readonly kills: readonly Decision[];
  /** The packet with the first audible sample of an utterance was sent. */
  readonly onsets: readonly Decision[];
}
