import {
  formatSignature,
  formatTreeHead,
  type NoteKey,
  noteKeyId,
  sm2NoteKeyId,
  type TreeHead,
} from '../../verify/note.ts';
import type { Signer } from '../signing/signer.ts';

/** A checkpoint (C2SP tlog-checkpoint) with the log's signatures. @param sm2 - with the national profile */
export async function signTreeHead(
  head: TreeHead,
  key: NoteKey,
  signer: Signer,
  sm2: Signer | undefined,
): Promise<string> {
  const text = formatTreeHead(head);
  const message = Buffer.from(text);
  const own = formatSignature(key.name, await noteKeyId(key), await signer.sign(message));
  if (sm2 === undefined) return `${text}\n${own}`;
  const keyId = await sm2NoteKeyId(key.name, sm2.publicKey);
  return `${text}\n${own}${formatSignature(key.name, keyId, await sm2.sign(message))}`;
}
