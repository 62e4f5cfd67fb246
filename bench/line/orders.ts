import type { Flow } from '../../src/sip/stack.ts';
import type { Utterance } from './telephone.ts';

/* What the bench asks of its telephones, which live in a process of their own, and what they answer. Times are ms. */

export type Nothing = Readonly<Record<string, never>>;

export interface Orders {
  readonly open: {
    readonly order: { readonly target: Flow; readonly loop: Uint8Array };
    readonly answer: Nothing;
  };
  /** Places calls at a steady rate and holds them. */
  readonly dial: {
    readonly order: { readonly calls: number; readonly callsPerSecond: number };
    readonly answer: Setups;
  };
  /** What the calls held hear for so long. */
  readonly measure: { readonly order: { readonly forMs: number }; readonly answer: Heard };
  readonly 'hang-up': { readonly order: Nothing; readonly answer: { readonly failed: number } };
  /** Places calls at a steady rate and ends each as soon as it is answered. */
  readonly 'set-up': {
    readonly order: { readonly calls: number; readonly callsPerSecond: number };
    readonly answer: Setups;
  };
  /** So many calls at once, each saying the utterances in turn, each time when the bot has finished. */
  readonly converse: {
    readonly order: {
      readonly calls: number;
      readonly turns: number;
      /** One caller speaks at a time, until it is answered. */
      readonly alone: boolean;
      readonly utterances: readonly Utterance[];
      readonly forMs: number;
    };
    readonly answer: readonly Turn[];
  };
  /** The same, each time while the bot speaks. */
  readonly interrupt: {
    readonly order: {
      readonly calls: number;
      readonly turns: number;
      readonly alone: boolean;
      readonly utterance: Utterance;
      readonly forMs: number;
    };
    readonly answer: readonly Interruption[];
  };
}
export type OrderName = keyof Orders;

export interface Setups {
  readonly answered: number;
  /** By status; 408: no answer. */
  readonly refused: Readonly<Record<number, number>>;
  /** INVITE → 200, of the answered. */
  readonly setupMs: readonly number[];
  /** BYEs that were not answered 200. */
  readonly failedByes: number;
  readonly retransmissions: number;
  /** From the first INVITE to the last end. */
  readonly tookMs: number;
}

export interface Heard {
  readonly calls: number;
  /** Ended by the server meanwhile. */
  readonly over: number;
  readonly packets: number;
  readonly lost: number;
  readonly lateP50: number;
  readonly lateP99: number;
  readonly lateMax: number;
  /** Of the telephones' own clock: what they cannot see through. */
  readonly ownLateP99: number;
}

export interface Turn {
  readonly callId: string;
  /** Index into the utterances. */
  readonly said: number;
  /** Unix ms: the packet with the last of the speech was sent. */
  readonly endedAt: number;
  /** To the first audible packet; undefined: none came, or the bot was speaking already. */
  readonly firstAudioMs: number | undefined;
}

export interface Interruption {
  readonly callId: string;
  /** Unix ms: the packet with the first of the speech was sent. */
  readonly onsetAt: number;
  /** To the last audible packet before the silence; undefined: it went on. */
  readonly silentAfterMs: number | undefined;
}
