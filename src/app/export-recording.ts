import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { BundleRequest, WrittenBundle } from '../archive/export/bundle.ts';
import type { IndexedRecording } from '../archive/index/archive-index.ts';
import { IvrError, systemCode } from '../domain/error.ts';
import { systemClock } from '../lib/clock.ts';
import { placeFile } from '../lib/place-file.ts';
import { openApprovals, type Approval } from '../staff/approvals.ts';
import type { AuditEntry } from '../staff/audit.ts';
import type { ArchiveRequest } from './archive-socket.ts';
import type { OpenedArchive } from './open-archive.ts';
import { expectArchived, prepareExport } from './prepare-export.ts';

const LONGEST_PURPOSE = 500;
const LONGEST_TICKET = 120;
/** Approvals that are looked through, newest first. */
const MOST_APPROVALS = 1_000;

export interface Exported extends WrittenBundle {
  readonly file: string;
  /** Of the export in the log. */
  readonly leaf: number;
}

/**
 * Writes the export bundle of a recording to a file, for the key holder at this machine. The row of the audit trail, the break-glass alarm
 * and the leaf in the log come first: without them nothing is written. What is masked is silent in it.
 *
 * @throws IvrError USAGE, RECORDING_NOT_FOUND, FORBIDDEN, AUDIT_FAILED, LOG_UNWRITABLE, BUNDLE_REFUSED, KEY_DESTROYED, and what the store throws
 */
export async function exportRecording(
  archive: OpenedArchive,
  row: IndexedRecording,
  { options, actor }: Pick<ArchiveRequest, 'options' | 'actor'>,
): Promise<Exported> {
  const { to, purpose = '', ticket = '' } = options;
  if (to === undefined) throw new IvrError('USAGE', 'name a new file with --to, such as --to call.zip');
  if (purpose.trim().length < 5 || purpose.length > LONGEST_PURPOSE)
    throw new IvrError(
      'USAGE',
      `state the purpose: --purpose expects 5 to ${LONGEST_PURPOSE} characters, which the audit trail keeps`,
    );
  if (ticket.length > LONGEST_TICKET)
    throw new IvrError('USAGE', `--ticket expects at most ${LONGEST_TICKET} characters`);
  expectArchived(row);
  await expectNew(to);
  const entry = {
    actor: { kind: 'system-user' as const, name: actor },
    role: '',
    action: 'recording.export',
    targets: [row.id],
    purpose,
    ticket,
  };
  const approval = await approvalOrNone(archive, entry, row.id);
  const said = { ...entry, approval: approval?.id ?? null };
  await archive.audit.append({
    ...said,
    result: 'allowed',
    detail: { by: 'command line', break_glass: approval === undefined, file: basename(to) },
  });
  if (approval === undefined) await raiseAlarm(archive, row.id, actor, purpose, ticket);
  const request: Omit<BundleRequest, 'redact'> = {
    purpose,
    ...(ticket === '' ? {} : { ticket }),
    requestedBy: actor,
    approvedBy: typeof approval?.approver === 'string' ? [approval.approver] : [],
    madeAt: new Date(systemClock.wall()).toISOString(),
    masked: true,
  };
  try {
    const exported = await exportTo(to, archive, row, request);
    const { leaf, bytes, sha256 } = exported;
    await archive.audit.append({ ...said, result: 'done', detail: { leaf, bytes, sha256 } });
    return exported;
  } catch (thrown) {
    const code = thrown instanceof IvrError ? thrown.code : (systemCode(thrown) ?? 'INTERNAL');
    await archive.audit.append({ ...said, result: 'failed', detail: { code } });
    throw thrown;
  }
}

async function exportTo(
  to: string,
  archive: OpenedArchive,
  row: IndexedRecording,
  request: Omit<BundleRequest, 'redact'>,
): Promise<Exported> {
  const prepared = await prepareExport(archive, row, request);
  const written = await toNewFile(to, (output) => prepared.write(output));
  return { ...written, file: to, leaf: prepared.leaf };
}

/** Undefined: none is wanted. A refusal stands in the audit trail. @throws IvrError FORBIDDEN, AUDIT_FAILED */
async function approvalOrNone(
  archive: OpenedArchive,
  entry: Omit<AuditEntry, 'approval' | 'result' | 'detail'>,
  id: string,
): Promise<Approval | undefined> {
  if (archive.config.archive.cli_export === 'allow') return undefined;
  try {
    return await approvalFor(archive, id, entry.purpose, entry.ticket);
  } catch (thrown) {
    const detail = { by: 'command line', because: 'approval-missing' };
    await archive.audit.append({ ...entry, approval: null, result: 'denied', detail });
    throw thrown;
  }
}

/** Past the console's rules: somebody else reviews it there, and the gauge break_glass_unreviewed says so until then. */
async function raiseAlarm(
  { emergencies, logger }: OpenedArchive,
  recording: string,
  actor: string,
  purpose: string,
  ticket: string,
): Promise<void> {
  await emergencies.begin(`command line: ${actor}`.slice(0, 36), recording, purpose, ticket);
  logger.error({ recording, actor }, 'break-glass: a recording is being exported from the command line');
}

/** One that the console gave for exactly this, used up by it. @throws IvrError FORBIDDEN */
async function approvalFor({ storage }: OpenedArchive, id: string, purpose: string, ticket: string): Promise<Approval> {
  const approvals = openApprovals(storage.knex, systemClock);
  const fits = ({ state, action, targets, terms, ...order }: Approval): boolean =>
    state === 'approved' &&
    action === 'recording.export' &&
    targets.join() === id &&
    terms['masked'] === true &&
    order.purpose === purpose &&
    order.ticket === ticket;
  const approval = (await approvals.list(MOST_APPROVALS)).find(fits);
  if (approval !== undefined && (await approvals.use(approval.id))) return approval;
  throw new IvrError(
    'FORBIDDEN',
    'archive.cli_export requires the approval of a second person: request a masked export of this recording in the console, with the same purpose and ticket',
    { recording: id },
  );
}

async function expectNew(file: string): Promise<void> {
  if ((await stat(file).catch(() => undefined)) !== undefined)
    throw new IvrError('USAGE', `${file} already exists; choose another name`);
  if ((await stat(dirname(file)).catch(() => undefined))?.isDirectory() !== true)
    throw new IvrError('USAGE', `there is no folder ${dirname(file)}`);
}

/** Under a temporary name until it is whole and durable; a file that came meanwhile is not overwritten. @throws IvrError USAGE */
async function toNewFile<T>(
  to: string,
  write: (output: ReturnType<typeof createWriteStream>) => Promise<T>,
): Promise<T> {
  const beside = `${to}.${randomBytes(6).toString('hex')}.new`;
  try {
    const written = await write(createWriteStream(beside, { flags: 'wx', mode: 0o600 }));
    await using file = await open(beside, 'r');
    await file.sync();
    if (!(await placeFile(beside, to))) throw new IvrError('USAGE', `${to} already exists; choose another name`);
    return written;
  } catch (thrown) {
    if (thrown instanceof IvrError) throw thrown;
    const code = systemCode(thrown);
    if (code === undefined) throw thrown;
    throw notWritten(to, code, thrown);
  } finally {
    await rm(beside, { force: true });
  }
}

/** A disk that is full, or fails, is not the fault of whoever typed the command. */
export function notWritten(to: string, code: string, cause: unknown): IvrError {
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new IvrError('BUNDLE_REFUSED', `${to}: the disk is full; make room, or name another place`, {}, cause);
  if (code === 'EIO')
    return new IvrError('BUNDLE_REFUSED', `${to}: the disk does not write (EIO); name another place`, {}, cause);
  return new IvrError('USAGE', `${to} cannot be written: ${code}`, {}, cause);
}
