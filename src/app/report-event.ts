import { IvrError } from '../domain/error.ts';
import { wallMs } from '../domain/units.ts';
import { systemClock } from '../lib/clock.ts';
import type { ArchiveRequest } from './archive-socket.ts';
import { indexHash } from './index-hash.ts';
import type { OpenedArchive } from './open-archive.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,79}$/;

export interface ReportedEvent {
  readonly event: string;
  /** ISO 8601. */
  readonly at: string;
  /** Recordings whose term now has a date, or a later one. */
  readonly recordings: number;
}

/**
 * Tells retention of an event that terms count from, such as the end of an account. The row of the audit trail comes first; the account stands there, and in the
 * archive, as its keyed hash alone. A later report of the same event only ever lengthens.
 *
 * @throws IvrError USAGE, RETENTION_INVALID, AUDIT_FAILED, STORAGE_FAILED
 */
export async function reportEvent(
  { audit, config, keys, retention }: OpenedArchive,
  { arguments: [event = ''], options, actor }: Pick<ArchiveRequest, 'arguments' | 'options' | 'actor'>,
): Promise<ReportedEvent> {
  if (!NAME.test(event))
    throw new IvrError('USAGE', 'name the event as the policies do, such as `archive event account-closed`');
  const subject = indexHash(keys, config).account(options['account'] ?? '');
  if (subject === null) throw new IvrError('USAGE', '--account expects the account concerned');
  const at = options['at'] === undefined ? systemClock.wall() : Date.parse(options['at']);
  if (Number.isNaN(at) || at > systemClock.wall())
    throw new IvrError(
      'USAGE',
      '--at expects a date that is not in the future, such as 2026-11-30 or 2026-11-30T16:00:00+08:00',
    );
  const iso = new Date(at).toISOString();
  await audit.append({
    actor: { kind: 'system-user', name: actor },
    role: '',
    action: 'retention.event',
    targets: [subject],
    purpose: options['purpose'] ?? '',
    ticket: options['ticket'] ?? '',
    approval: null,
    result: 'allowed',
    detail: { by: 'command line', event, at: iso },
  });
  const recordings = await retention.occurred({ name: event, subject, at: wallMs(at), reportedBy: actor });
  return { event, at: iso, recordings };
}
