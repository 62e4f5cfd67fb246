import { readFile } from 'node:fs/promises';
import { systemCode } from '../../domain/error.ts';
import { verifyConsistency } from '../../verify/merkle.ts';
import { type NoteKey, parseNote, parseTreeHead, signedByLog, type TreeHead } from '../../verify/note.ts';
import { replaceFile } from './durable-folder.ts';
import type { TransparencyLog } from './transparency-log.ts';

export type LogAudit =
  | { readonly ok: true; readonly from: number; readonly to: number }
  | { readonly ok: false; readonly problem: string };

/**
 * Compares the log with the checkpoint that the auditor kept from the last time, in a file of its own: the log must prove
 * that all of it is still there. A new checkpoint takes the old one's place only when it did.
 *
 * @param seen - the auditor's file, on a disk that whoever runs the log cannot write
 */
export async function auditLog(
  log: Pick<TransparencyLog, 'checkpoint' | 'consistencyProof'>,
  key: NoteKey,
  seen: string,
): Promise<LogAudit> {
  const text = await readFile(seen, 'utf8').catch((thrown: unknown) => {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  });
  const before = text === undefined ? undefined : await headOf(text, key);
  if (text !== undefined && before === undefined)
    return { ok: false, problem: `what the auditor kept (${seen}) is not signed with the key of this log` };
  const { note } = await log.checkpoint();
  const now = await headOf(note, key);
  if (now === undefined) return { ok: false, problem: 'the checkpoint is not signed with the key of this log' };
  if (before !== undefined) {
    if (now.size < before.size)
      return { ok: false, problem: `the log had ${before.size} leaves and has ${now.size}: it was rolled back` };
    const proof = await log.consistencyProof(before.size, now.size);
    if (!(await verifyConsistency(before, now, proof)))
      return {
        ok: false,
        problem: `the first ${before.size} leaves are not those that the auditor saw: history was changed`,
      };
  }
  await replaceFile(seen, Buffer.from(note), 'folder');
  return { ok: true, from: before?.size ?? 0, to: now.size };
}

async function headOf(text: string, key: NoteKey): Promise<TreeHead | undefined> {
  try {
    const note = parseNote(text);
    const head = parseTreeHead(note.text);
    return head.origin === key.name && (await signedByLog(note, key)) ? head : undefined;
  } catch {
    return undefined;
  }
}
