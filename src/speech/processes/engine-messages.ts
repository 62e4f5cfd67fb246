import type { ErrorCode } from '../../domain/error.ts';

/* What goes over the channel between the speech worker and an engine's process (structured clones, `serialization: 'advanced'`). */

export type ToEngine<Request> =
  | { readonly type: 'work'; readonly job: number; readonly request: Request }
  /** The result is no longer wanted; it is answered all the same. */
  | { readonly type: 'cancel'; readonly job: number };

export type FromEngine<Answer> =
  | { readonly type: 'ready' }
  | { readonly type: 'failed-to-start'; readonly code: ErrorCode | undefined; readonly message: string }
  /** A job has made a step: the process is slow, perhaps, and does not hang. */
  | { readonly type: 'alive' }
  /** `rss`: memory of the process, bytes. */
  | { readonly type: 'done'; readonly job: number; readonly answer: Answer; readonly rss: number }
  | { readonly type: 'cancelled'; readonly job: number }
  | { readonly type: 'failed'; readonly job: number; readonly message: string };
