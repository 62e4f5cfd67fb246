import type { MonotonicMs, SharedMs } from '../../domain/units.ts';
import type { FromMedia } from '../../speech/speech-channel.ts';
import type { Silero } from '../vad/silero.ts';
import type { Clip } from './clip-store.ts';
import type { GivenOptions, MediaWorkerOptions } from './media-protocol.ts';
import type { ClipSource } from './playback-queue.ts';
import type { TapChannel } from './tap-channel.ts';

/** What a media worker shares with its legs. */
export interface LegServices {
  readonly options: GivenOptions<MediaWorkerOptions>;
  readonly clips: ClipSource;
  readonly clipOverdue: (clip: Clip) => boolean;
  readonly tapChannel: TapChannel;
  readonly now: () => MonotonicMs;
  /** The same instant on the clock that all threads share. */
  readonly shared: () => SharedMs;
  /** Undefined: energy alone tells speech from silence. */
  readonly silero: () => Silero | undefined;
  /** RTCP's name for us, the same for all legs of the process (RFC 7022). */
  readonly cname: string;
  /** To the speech worker. False: there is no channel. */
  readonly speech: (message: FromMedia, transfer: readonly ArrayBuffer[]) => boolean;
}
