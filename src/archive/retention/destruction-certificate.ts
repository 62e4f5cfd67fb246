import type { WallMs } from '../../domain/units.ts';
import { createHash } from 'node:crypto';
import type { IndexedRecording } from '../index/archive-index.ts';
import type { RetentionBasis } from './retention.ts';

/* What is left of a recording that was destroyed: proof that it was there, why it might go, who said so, and how. */

export interface DestructionFacts {
  readonly recording: IndexedRecording;
  readonly bases: readonly RetentionBasis[];
  readonly approvedBy: readonly string[];
  readonly purpose: string;
  readonly proposedAt: WallMs;
  readonly destroyedAt: WallMs;
  readonly node: string;
  readonly software: string;
}

const instant = (at: WallMs | null): string | null => (at === null ? null : new Date(at).toISOString());

type Json = string | number | null | readonly Json[] | { readonly [key: string]: Json };

/** RFC 8785 (JCS) for what is in a certificate. */
function canonical(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item as Json)).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

/** Canonical JSON; what is signed and whose hash the log holds. Nothing in it tells of a person. */
export function formatCertificate(facts: DestructionFacts): string {
  const { recording, bases } = facts;
  return canonical({
    format: 'tellerline-destruction-certificate',
    version: 1,
    recording: recording.id,
    started_at: instant(recording.startedAt),
    duration_ms: recording.durationMs,
    sha256: recording.sha256,
    manifest_sha256: recording.manifestSha256,
    leaf_index: recording.leafIndex,
    bases: bases.map(({ policy, policyVersion, legalReference, event, startedAt, until }) => ({
      policy,
      policy_version: policyVersion,
      legal_reference: legalReference,
      event,
      from: instant(startedAt),
      until: instant(until),
    })),
    approved_by: facts.approvedBy,
    purpose: facts.purpose,
    proposed_at: instant(facts.proposedAt),
    destroyed_at: instant(facts.destroyedAt),
    method:
      'key material of the recording destroyed; every stored version deleted and found to be gone; transcript and search words removed',
    node: facts.node,
    software: facts.software,
  });
}

export const certificateHash = (text: string): string => createHash('sha256').update(text).digest('hex');
