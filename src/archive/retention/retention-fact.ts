import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { type RecordingId, uuidV7 } from '../../domain/ids.ts';
import type { WallMs } from '../../domain/units.ts';
import { canonicalJson, type Json } from '../../lib/canonical-json.ts';
import type { IndexedRecording } from '../index/archive-index.ts';
import type { Basis } from './evaluate.ts';
import type { LegalHold, Restriction, RetentionPolicy } from './retention.ts';

/*
 * What changed in why recordings are kept, as a sequence of facts. The tables of retention follow from them alone: each is written in the transaction
 * of its change, sealed into the archive's store soon afterwards (`maintenance/retention-store.ts`), and read back when the index is made anew.
 */

export type RetentionFact =
  | { readonly kind: 'policy-added'; readonly policy: RetentionPolicy }
  | {
      readonly kind: 'event-reported';
      readonly name: string;
      readonly subject: string;
      readonly at: WallMs;
      readonly reportedBy: string;
      readonly reportedAt: WallMs;
    }
  /** A hold of many recordings is several facts of one hold. */
  | {
      readonly kind: 'hold-placed';
      readonly hold: Omit<LegalHold, 'releasedBy' | 'releasedAt'>;
      readonly recordings: readonly RecordingId[];
    }
  | {
      readonly kind: 'hold-released';
      readonly hold: string;
      readonly releasedBy: readonly string[];
      readonly releasedAt: WallMs;
    }
  | ({ readonly kind: 'restricted' } & Restriction)
  | { readonly kind: 'restriction-lifted'; readonly recording: RecordingId; readonly liftedBy: string }
  | ({ readonly kind: 'destruction-approved' } & ApprovedDestruction)
  | ({ readonly kind: 'destruction-withdrawn'; readonly reason: string } & ApprovedDestruction)
  /** From here on it is destroyed, whatever comes. `remains`: its row without what names people, so that it can be finished elsewhere. */
  | ({
      readonly kind: 'destruction-begun';
      readonly begunAt: WallMs;
      readonly bases: readonly Basis[];
      readonly remains: IndexedRecording;
    } & ApprovedDestruction)
  | {
      readonly kind: 'destroyed';
      readonly recording: RecordingId;
      readonly destroyedAt: WallMs;
      readonly remains: IndexedRecording;
      readonly certificate: string;
      readonly signatures: readonly { readonly key: string; readonly value: string }[];
      readonly leafIndex: number | null;
    };

export interface ApprovedDestruction {
  readonly recording: RecordingId;
  readonly proposedAt: WallMs;
  readonly notBefore: WallMs;
  readonly approvedBy: readonly string[];
  readonly purpose: string;
}

/** A fact as it is kept, in the order of `seq`. */
export interface RetentionRecord {
  readonly seq: number;
  readonly id: string;
  /** Canonical JSON of the fact, with its id, its time and a salt: what is signed, and whose hash the log may hold. */
  readonly text: string;
}

export const factOf = ({ text }: Pick<RetentionRecord, 'text'>): RetentionFact => JSON.parse(text) as RetentionFact;

/** Written in the transaction of the change that it tells of, after the rows of the change have been locked: their order is that of `seq`. */
export async function noteFact(trx: Knex, fact: RetentionFact, now: WallMs): Promise<void> {
  const id = uuidV7(now);
  const salt = randomBytes(32).toString('hex');
  await trx('retention_record').insert({
    id,
    kind: fact.kind,
    at: now,
    body: canonicalJson({ ...fact, id, noted_at: now, salt } as unknown as Json),
  });
}

/** What is left of a row whose recording is destroyed: nothing that names a person, or could be found by one. */
export const remainsOf = (recording: IndexedRecording): IndexedRecording => ({
  ...recording,
  wrappedKey: null,
  callerHash: null,
  calleeHash: null,
  accountHashes: [],
  caller: '',
  callee: '',
  sipCallId: '',
  agents: [],
});
