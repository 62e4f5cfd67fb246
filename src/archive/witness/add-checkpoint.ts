import { fromBase64, Malformed, toBase64 } from '../../verify/bytes.ts';
import { type ProvenHead, verifyConsistency } from '../../verify/merkle.ts';
import { type NoteKey, type Note, parseNote, parseTreeHead, signedByLog, type TreeHead } from '../../verify/note.ts';

/* The decision of a witness (C2SP tlog-witness), apart from its state and its sockets. */

/** Nodes of a proof of consistency in a tree of 2^63 leaves. */
const LONGEST_PROOF = 63;

export interface AddCheckpoint {
  /** Size of the checkpoint that the log believes we have. */
  readonly old: number;
  readonly proof: readonly Uint8Array[];
  readonly note: string;
}

/** What a witness has of a log. */
export type WitnessedHead = ProvenHead;

export type WitnessDecision =
  | { readonly status: 200; readonly raw: string; readonly note: Note; readonly head: TreeHead }
  /** The log is to try again from this size. */
  | { readonly status: 409; readonly size: number; readonly forked: boolean; readonly reason: string }
  | { readonly status: 400 | 403 | 404 | 422; readonly reason: string };

export const formatAddCheckpoint = ({ old, proof, note }: AddCheckpoint): string =>
  `old ${old}\n${proof.map((node) => `${toBase64(node)}\n`).join('')}\n${note}`;

/** @throws Malformed */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  const end = body.indexOf('\n\n');
  const [first = '', ...lines] = body.slice(0, Math.max(0, end)).split('\n');
  const size = /^old (0|[1-9]\d{0,15})$/.exec(first)?.[1];
  if (size === undefined || lines.length > LONGEST_PROOF) throw new Malformed('not a request to add a checkpoint');
  const proof = lines.map(fromBase64);
  if (proof.some((node) => node.length !== 32)) throw new Malformed('a node of the proof has not 32 bytes');
  return { old: Number(size), proof, note: body.slice(end + 2) };
}

/** @param known - what we have of a log by its origin; undefined before the first checkpoint */
export async function decide(
  body: string,
  keys: readonly NoteKey[],
  known: (origin: string) => WitnessedHead | undefined,
): Promise<WitnessDecision> {
  let request: AddCheckpoint;
  let note: Note;
  let head: TreeHead;
  try {
    request = parseAddCheckpoint(body);
    note = parseNote(request.note);
    head = parseTreeHead(note.text);
  } catch (thrown) {
    if (!(thrown instanceof Malformed)) throw thrown;
    return { status: 400, reason: thrown.message };
  }
  const logs = keys.filter(({ name }) => name === head.origin);
  if (logs.length === 0) return { status: 404, reason: 'a log that this witness does not know' };
  const signed = await Promise.all(logs.map((key) => signedByLog(note, key)));
  if (!signed.includes(true)) return { status: 403, reason: "the log's signature does not verify" };
  if (request.old > head.size) return { status: 400, reason: 'the old size is larger than the new one' };
  const before = known(head.origin);
  if (request.old !== (before?.size ?? 0))
    return {
      status: 409,
      size: before?.size ?? 0,
      forked: false,
      reason: 'another checkpoint than this is the newest here',
    };
  if (before === undefined)
    return request.proof.length === 0 ? { status: 200, raw: request.note, note, head } : badProof;
  if (before.size === head.size && !before.root.every((byte, at) => byte === head.root[at]))
    return {
      status: 409,
      size: before.size,
      forked: true,
      reason: 'another root was signed for this size: the log has forked',
    };
  const consistent = await verifyConsistency(before, head, request.proof);
  return consistent ? { status: 200, raw: request.note, note, head } : badProof;
}

const badProof: WitnessDecision = { status: 422, reason: 'the proof of consistency does not verify' };
