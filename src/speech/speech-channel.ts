import type { ClipId } from './speech-service.ts';

/* The messages on a channel between a media worker and the speech worker. Audio is 8 kHz mono 16-bit, transferred, not copied. */

export type FromMedia =
  /** "I am about to play this": the speech worker answers with the whole clip or, while it is being made, its chunks. */
  | { readonly type: 'fetch-clip'; readonly clip: ClipId }
  | { readonly type: 'utterance'; readonly job: number; readonly samples: Int16Array };

export type ToMedia =
  /** In order, `offset` in samples. The last one says so. `keep`: static, worth keeping in the worker's memory. */
  | {
      readonly type: 'clip-chunk';
      readonly clip: ClipId;
      readonly offset: number;
      readonly samples: Int16Array;
      readonly last: boolean;
      readonly keep: boolean;
    }
  | { readonly type: 'clip-failed'; readonly clip: ClipId; readonly code: string }
  | { readonly type: 'clip-forgotten'; readonly clip: ClipId };
