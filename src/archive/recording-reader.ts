import type { WallMs, RecordingMs } from '../domain/units.ts';
import type { FoundRecording } from './recording-search.ts';

/** Who is on a channel of the player: by the track's metadata alone, never by left and right. */
export type PartyRole = 'customer' | 'bot' | 'agent' | 'supervisor' | 'heard';

export interface Word {
  readonly text: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TranscriptTurn {
  readonly role: PartyRole;
  /** Of the player's audio; 0 or 1. */
  readonly channel: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly text: string;
  /** 0…1; null for what we spoke ourselves. */
  readonly confidence: number | null;
  readonly words: readonly Word[];
}

/** `masked`: nothing was recorded; `hidden`: recorded, found afterwards, silent for those who hear it masked. */
export interface Span {
  readonly channel: number | null;
  readonly fromMs: number;
  readonly toMs: number;
  readonly kind: 'masked' | 'hidden' | 'gap' | 'hold' | 'pause';
  /** Such as `pin`, `card-number`, `no-rtp`, `agent-pause`. */
  readonly reason: string;
}

export interface TimelineEvent {
  readonly atMs: RecordingMs;
  /** A call event's type, such as `state-entered`, `digits-keyed`, `transfer-ringing`. */
  readonly type: string;
  /** Redacted facts. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

/** What of a prompt was played. */
export interface PlayedPrompt {
  readonly atMs: number;
  /** Of a disclosure: `recording v1`. */
  readonly notice: string | null;
  readonly text: string;
  readonly outcome: 'whole' | 'interrupted' | 'failed' | 'unfinished' | 'not-played';
  readonly words: number;
  /** Of one that was interrupted: words played in full, the word in which it ended, and whether that was reckoned by its own length. */
  readonly wordsPlayed: number;
  readonly endedIn: string | null;
  readonly counted: boolean;
}

export interface RetentionBasis {
  readonly policy: string;
  readonly version: number;
  readonly legalReference: string;
  readonly kind: 'fixed' | 'event';
  readonly event: string | null;
  /** ISO date. */
  readonly until: string | null;
}

export interface RecordingHold {
  readonly id: string;
  readonly caseNo: string;
  readonly placedAt: WallMs;
  readonly by: string;
}

export interface RecordingDetail extends FoundRecording {
  readonly channels: readonly { readonly channel: number; readonly roles: readonly PartyRole[] }[];
  readonly transcript: readonly TranscriptTurn[];
  readonly spans: readonly Span[];
  readonly events: readonly TimelineEvent[];
  readonly played: readonly PlayedPrompt[];
  /** When nothing was found in it that must not be kept, as the signed certificate says, ISO 8601; null: there is none. */
  readonly leakCertificate: string | null;
  readonly bases: readonly RetentionBasis[];
  readonly heldBy: readonly RecordingHold[];
  readonly sha256: string | null;
  readonly manifestSha256: string | null;
  readonly leafIndex: number | null;
  readonly keyEpoch: string | null;
  readonly lockUntil: WallMs | null;
  /** Recovered after a crash; the most that may be lost at the end. */
  readonly recovered: boolean;
  readonly lostMs: number;
}

export interface RecordingReader {
  /** What the rules look at and the row; undefined when there is none. */
  find(id: string): Promise<FoundRecording | undefined>;
  /** @param masked - the text of hidden spans is replaced */
  detail(id: string, masked: boolean): Promise<RecordingDetail>;
  /** Made at seal: `perSecond` pairs of lowest and highest sample a second and channel, -128…127. Hidden spans are flat. */
  peaks(
    id: string,
    masked: boolean,
  ): Promise<{ readonly perSecond: number; readonly channels: readonly (readonly number[])[] }>;
}
