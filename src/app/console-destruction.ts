import type {
  Destruction,
  DestructionCandidate,
  DestructionCertificate,
  DestructionRefusal,
} from '../archive/destruction.ts';
import type { ArchiveIndex } from '../archive/index/archive-index.ts';
import type { DestructionRow, DestructionState } from '../archive/retention/reaper.ts';
import type { Obstacle, Retention } from '../archive/retention/retention.ts';
import { isUuid, type RecordingId } from '../domain/ids.ts';
import { isoDate } from './found-recording.ts';
import type { KeptRetention } from './keep-retention.ts';

const REFUSALS: Readonly<Record<Obstacle['kind'], DestructionRefusal>> = {
  hold: 'held',
  retention: 'retained',
  'event-unknown': 'retained',
  'no-policy': 'retained',
  lock: 'locked',
  'store-hold': 'locked',
  state: 'state',
};

/** What is due, approved and destroyed, as the console shows it. */
export function consoleDestruction(
  { reaper, latest }: Pick<KeptRetention, 'reaper' | 'latest'>,
  index: Pick<ArchiveIndex, 'find'>,
  retention: Pick<Retention, 'obstacles'>,
): Destruction {
  /** Undefined: it may be approved. */
  async function refusalOf(id: string): Promise<DestructionRefusal | undefined> {
    if (!isUuid(id)) return 'not-proposed';
    const recording = id as RecordingId;
    const row = await reaper.find(recording);
    if (row?.state !== 'proposed') return 'not-proposed';
    const [against] = await retention.obstacles(recording);
    return against === undefined ? undefined : REFUSALS[against.kind];
  }

  async function candidate(row: DestructionRow): Promise<DestructionCandidate> {
    const recording = await index.find(row.recording);
    return {
      recording: row.recording,
      startedAt: recording?.startedAt ?? row.proposedAt,
      retainedUntil: isoDate(recording?.retainUntil ?? null) ?? '',
      notBefore: row.notBefore,
      approved: row.state !== 'proposed',
      state: row.state as DestructionCandidate['state'],
      approvers: row.approvedBy,
    };
  }

  return {
    async overview() {
      const { proposed, approved, shredding, destroyed, withdrawn } = await reaper.counts();
      return { proposed, approved, unfinished: shredding, destroyed, withdrawn, stopped: latest()?.stopped ?? null };
    },
    async candidates(limit) {
      const rows: DestructionRow[] = [];
      for (const state of ['shredding', 'approved', 'proposed'] as const satisfies readonly DestructionState[])
        if (rows.length < limit) rows.push(...(await reaper.list({ state, limit: limit - rows.length })));
      const shown: DestructionCandidate[] = [];
      for (const row of rows) shown.push(await candidate(row));
      return shown;
    },
    async approve(recordings, { requester, approver, purpose }) {
      const refused: Record<string, DestructionRefusal> = {};
      const fit: RecordingId[] = [];
      for (const id of new Set(recordings)) {
        const refusal = await refusalOf(id);
        if (refusal === undefined) fit.push(id as RecordingId);
        else refused[id] = refusal;
      }
      if (fit.length > 0) await reaper.approve(fit, [requester, approver], purpose);
      return refused;
    },
    async certificates(limit, before) {
      const rows = await reaper.list({
        state: 'destroyed',
        limit,
        ...(before === null ? {} : { before: before as RecordingId }),
      });
      return rows.map(shownCertificate);
    },
    async certificate(recording) {
      const row = isUuid(recording) ? await reaper.find(recording as RecordingId) : undefined;
      if (row === undefined || row.certificate === null) return undefined;
      return { ...shownCertificate(row), text: row.certificate, signatures: row.signatures };
    },
    trustClock: ({ requester, approver }) => reaper.resume([requester, approver]),
  };
}

interface CertificateText {
  readonly bases: readonly {
    readonly policy: string;
    readonly policy_version: number;
    readonly legal_reference: string;
  }[];
  readonly method: string;
}

function shownCertificate(row: DestructionRow): DestructionCertificate {
  const { bases, method } = JSON.parse(row.certificate ?? '{"bases":[],"method":""}') as CertificateText;
  return {
    id: row.recording,
    recording: row.recording,
    destroyedAt: row.destroyedAt ?? row.proposedAt,
    basis: bases
      .map(({ policy, policy_version, legal_reference }) => `${policy} ${policy_version} (${legal_reference})`)
      .join(', '),
    approvers: row.approvedBy,
    method,
    leafIndex: row.leafIndex,
  };
}
