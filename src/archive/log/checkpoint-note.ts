import { formatSignature, formatTreeHead, type NoteKey, noteKeyId, type TreeHead } from '../../verify/note.ts';
import type { Signer } from '../signing/signer.ts';

/** A checkpoint (C2SP tlog-checkpoint) with the log's signature. */
export async function signTreeHead(head: TreeHead, key: NoteKey, signer: Signer): Promise<string> {
  const text = formatTreeHead(head);
  const signature = await signer.sign(Buffer.from(text));
  return `${text}\n${formatSignature(key.name, await noteKeyId(key), signature)}`;
}
