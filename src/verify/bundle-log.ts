import { concat, equalBytes, fromBase64, fromHex, Malformed } from './bytes.ts';
import { type JsonObject, list, parseCanonical, record, string, whole } from './canonical.ts';
import { type Bundle, bytesOf, textOf } from './bundle-files.ts';
import { LEAK_CERTIFICATE } from './bundle-leaks.ts';
import { RECEIPTS } from './bundle-receipts.ts';
import { LEAF_TYPES } from './leaf-types.ts';
import { hashOfLeaf, verifyConsistency, verifyInclusion } from './merkle.ts';
import {
  cosignedAt,
  type Note,
  type NoteKey,
  parseNote,
  parseTreeHead,
  signedByLog,
  signedBySm2,
  type TreeHead,
} from './note.ts';
import { rawKey } from './signatures.ts';
import { verifyTimeStamp } from './time-stamp.ts';
import { hashWith } from './tree-hash.ts';
import { Refusal, type Statement, within } from './verdict.ts';

const BYTES: ReadonlyMap<string, number> = new Map(Object.entries(LEAF_TYPES));

export interface CheckedLog {
  readonly proved: readonly Statement[];
  readonly remarks: readonly Statement[];
}

interface Head {
  readonly note: Note;
  readonly head: TreeHead;
  readonly key: NoteKey;
}

/** The log's checkpoint, that the recording and the export stand in it, who cosigned it, and when it was stamped. @throws Refusal */
export async function checkLog(bundle: Bundle): Promise<CheckedLog> {
  const proof = await textOf(bundle.files, 'proof.json').then((text) =>
    within('proof.json', () => record(parseCanonical(text), 'proof.json', ['leaves', 'time_stamps'])),
  );
  const checkpoint = await readHead(bundle, 'checkpoint.txt');
  const proved: Statement[] = [...(await checkLeaves(bundle, proof, checkpoint))];
  const witnesses = await checkWitnesses(bundle, checkpoint);
  const stamps = await checkTimeStamps(bundle, proof, checkpoint);
  const remarks: Statement[] = [];
  if (witnesses.length === 0)
    remarks.push({ en: 'No independent witness has cosigned the log.', zh: '日志没有独立见证方的联署。' });
  if (stamps.length === 0)
    remarks.push({ en: 'No time-stamping authority has stamped the log yet.', zh: '日志尚无可信时间戳。' });
  return { proved: [...proved, ...witnesses, ...stamps], remarks };
}

async function readHead(bundle: Bundle, path: string): Promise<Head> {
  const text = await textOf(bundle.files, path);
  return within(path, async () => {
    const note = parseNote(text);
    const head = parseTreeHead(note.text);
    for (const key of bundle.keys)
      if (key.use === 'log' && key.algorithm === 'ed25519' && key.name === head.origin) {
        const noteKey = { name: key.name, raw: rawKey(key) };
        if (!(await signedByLog(note, noteKey))) continue;
        await expectSm2(bundle, note, head);
        return { note, head, key: noteKey };
      }
    throw new Malformed('not signed by a log of keys.json');
  });
}

/** A log of the national profile has every head signed by SM2, too. @throws Malformed */
async function expectSm2(bundle: Bundle, note: Note, head: TreeHead): Promise<void> {
  if (head.hash !== 'sm3') return;
  const keys = bundle.keys.filter(({ use, algorithm }) => use === 'log' && algorithm === 'sm2-sm3');
  if (!keys.some(({ name }) => name === head.origin)) throw new Malformed('keys.json has no SM2 key of its log');
  for (const { name, spki } of keys)
    if (name === head.origin && !(await signedBySm2(note, name, spki)))
      throw new Malformed('its SM2 signature does not verify');
}

/** What the leaves of a bundle are the digests of. The last two are of what was archived: where they are, their leaves are. */
const LEAF_FILES = {
  RECORDING: 'manifest.json',
  EXPORT: 'export.json',
  PLAYOUT: RECEIPTS,
  'LEAK-SCAN': LEAK_CERTIFICATE,
};

async function checkLeaves(bundle: Bundle, proof: JsonObject, { head }: Head): Promise<readonly Statement[]> {
  const leaves = await within('proof.json', () =>
    list(proof['leaves'], 'leaves').map((value) => {
      const entry = record(value, 'a leaf', ['digest', 'index', 'path', 'type']);
      const type = string(entry['type'], 'type');
      const byte = BYTES.get(type);
      if (byte === undefined) throw new Malformed('a leaf of an unknown type');
      return {
        type,
        byte,
        digest: fromHex(entry['digest'], 32),
        index: whole(entry['index'], 'index'),
        path: list(entry['path'], 'path').map(fromBase64),
      };
    }),
  );
  const proved: Statement[] = [];
  for (const { type, byte, digest, index, path } of leaves) {
    const hash = await hashOfLeaf(concat(Uint8Array.of(byte), digest), head.hash);
    if (!(await verifyInclusion(hash, index, head, path)))
      throw new Refusal(
        'proof.json',
        `leaf ${index} (${type}) is not in the tree of checkpoint.txt`,
        `叶子 ${index}（${type}）不在 checkpoint.txt 的树中`,
      );
    proved.push({
      en: `${type} is leaf ${index} of the log ${head.origin} (${head.size} leaves).`,
      zh: `${type} 是日志 ${head.origin}（共 ${head.size} 条）的第 ${index} 条。`,
    });
  }
  if (leaves[0]?.type !== 'RECORDING')
    throw new Refusal('proof.json', 'the first leaf is not that of manifest.json', '第一条叶子不是 manifest.json 的');
  for (const [type, path] of Object.entries(LEAF_FILES)) {
    const found = leaves.filter((leaf) => leaf.type === type);
    const bytes = bundle.files.get(path);
    if (found.length !== (bytes === undefined ? 0 : 1))
      throw new Refusal('proof.json', `the leaf of ${path} is not there once`, `缺少 ${path} 的叶子，或多于一条`);
    if (bytes !== undefined && !equalBytes(found[0]?.digest ?? new Uint8Array(), await hashWith(head.hash, bytes)))
      throw new Refusal(path, 'not the one that stands in the log', '与日志中登记的不一致');
  }
  return proved;
}

async function checkWitnesses(bundle: Bundle, { note, head }: Head): Promise<readonly Statement[]> {
  const proved: Statement[] = [];
  for (const key of bundle.keys) {
    if (key.use !== 'witness' || key.algorithm !== 'ed25519') continue;
    const named = note.signatures.some(({ name }) => name === key.name);
    if (!named) continue;
    const at = await cosignedAt(note, { name: key.name, raw: rawKey(key) });
    if (at === undefined)
      throw new Refusal('checkpoint.txt', `the cosignature of ${key.name} does not verify`, `${key.name} 的联署无效`);
    const time = new Date(at * 1000).toISOString();
    proved.push({
      en: `The independent witness ${key.name} cosigned the log at ${head.size} leaves on ${time}.`,
      zh: `独立见证方 ${key.name} 于 ${time} 联署了 ${head.size} 条的日志。`,
    });
  }
  return proved;
}

async function checkTimeStamps(bundle: Bundle, proof: JsonObject, checkpoint: Head): Promise<readonly Statement[]> {
  const stamps = await within('proof.json', () =>
    list(proof['time_stamps'], 'time_stamps').map((value) => {
      const entry = record(value, 'a time stamp', ['authority', 'note', 'proof', 'token']);
      return {
        authority: string(entry['authority'], 'authority'),
        note: string(entry['note'], 'note'),
        token: string(entry['token'], 'token'),
        nodes: list(entry['proof'], 'proof').map(fromBase64),
      };
    }),
  );
  const trusted = [...bundle.files].filter(([path]) => path.startsWith('certificates/')).map(([, bytes]) => bytes);
  const proved: Statement[] = [];
  for (const { authority, note, token, nodes } of stamps) {
    const { head } = await readHead(bundle, note);
    const [first, last] = head.size <= checkpoint.head.size ? [head, checkpoint.head] : [checkpoint.head, head];
    if (head.origin !== checkpoint.head.origin || !(await verifyConsistency(first, last, nodes)))
      throw new Refusal(note, 'not a head of the same log as checkpoint.txt', '与 checkpoint.txt 不属于同一日志');
    const stamped = bytesOf(bundle.files, note);
    const at = await within(token, () => verifyTimeStamp(bytesOf(bundle.files, token), stamped, trusted));
    const time = new Date(at).toISOString();
    proved.push({
      en: `${authority} stamped the log at ${head.size} leaves on ${time} (RFC 3161)${head.size < checkpoint.head.size ? ', and what was appended since changed none of them' : ''}.`,
      zh: `${authority} 于 ${time} 对 ${head.size} 条的日志加盖了可信时间戳（RFC 3161）。`,
    });
  }
  return proved;
}
