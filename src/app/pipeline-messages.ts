import type { PipelineCounts } from '../archive/pipeline/archive-pipeline.ts';
import type { KeyStore } from '../archive/keys/key-store.ts';
import type { TransparencyLog } from '../archive/log/transparency-log.ts';
import type { Config } from '../config/schema.ts';
import type { SafeFacts } from '../domain/error.ts';
import type { ContactId, RecordingId } from '../domain/ids.ts';
import type { HashName } from '../lib/crypto-profile.ts';
import type { SpoolKeys } from '../recording/spool/spool-keys.ts';
import type { ThreadFailure } from '../lib/thread-calls.ts';

/* Between the main thread and the one that archives. */

export interface PipelineThreadOptions {
  readonly config: Config;
  /** Derived from the root key: of the signer, and of the hash of numbers and accounts. */
  readonly signingKey: Uint8Array;
  readonly hashKey: Uint8Array;
  /** Of the signer of the national profile; undefined: it is the international one. */
  readonly sm2Key: Uint8Array | undefined;
  /** Of the log, as it was begun. */
  readonly logHash: HashName;
  /** Of the sealed folders that wait. */
  readonly sealedKeys: SpoolKeys;
  /** Of the database: `WritePriority.shared`. */
  readonly priority: SharedArrayBuffer;
}

/** What the thread asks: keys and log have one writer, which is the main thread, and the journal knows there who still talks. */
export type MainFunctions = {
  readonly createDataKey: KeyStore['createDataKey'];
  readonly openDataKey: KeyStore['openDataKey'];
  readonly keysAbove: KeyStore['keysAbove'];
  readonly append: TransparencyLog['append'];
  readonly leaf: TransparencyLog['leaf'];
  readonly newest: TransparencyLog['newest'];
  /** The call is over, or was waited for long enough, and in the database. */
  readonly over: (contact: ContactId) => Promise<void>;
};
export const MAIN_FUNCTIONS = [
  'createDataKey',
  'openDataKey',
  'keysAbove',
  'append',
  'leaf',
  'newest',
  'over',
] as const;

/** What the thread is asked. */
export type PipelineFunctions = {
  /** @param source - the sealed folder */
  readonly take: (recording: RecordingId, source: string) => Promise<void>;
  readonly catchUp: () => Promise<number>;
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
};
export const PIPELINE_FUNCTIONS = ['take', 'catchUp', 'idle', 'close'] as const;

/** What the thread says by itself, on the channel of the calls. */
export type PipelineNotice =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly failure: ThreadFailure }
  | {
      readonly type: 'state';
      readonly counts: PipelineCounts;
      /** Code of what is wrong with one of its recordings. */
      readonly trouble: string | undefined;
    }
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly facts: SafeFacts;
      readonly message: string;
      readonly failure?: ThreadFailure;
    };
