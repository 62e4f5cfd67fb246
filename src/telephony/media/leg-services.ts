import type { FromMedia } from '../../speech/speech-line.ts';
import type { Silero } from '../../speech/vad/silero.ts';
import type { Clip } from './clip-store.ts';
import type { MediaWorkerOptions } from './media-protocol.ts';
import type { ClipSource } from './playback-queue.ts';
import type { TapLine } from './tap-line.ts';

/** What a media worker lends to each of its legs. */
export interface LegServices {
  readonly options: MediaWorkerOptions;
  readonly clips: ClipSource;
  readonly clipOverdue: (clip: Clip) => boolean;
  readonly tapLine: TapLine;
  /** `performance.now()` */
  readonly now: () => number;
  /** Undefined: energy alone tells speech from silence. */
  readonly silero: () => Silero | undefined;
  /** RTCP's name for us, the same for all legs of the process (RFC 7022). */
  readonly cname: string;
  /** To the speech worker. False: there is no line. */
  readonly speech: (message: FromMedia, transfer: readonly ArrayBuffer[]) => boolean;
}
