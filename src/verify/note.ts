import { concat, equalBytes, fromBase64, Malformed, sha256, uint64, utf8 } from './bytes.ts';
import type { ProvenHead } from './merkle.ts';
import { verifySm2 } from './sm2.ts';

/* Signed notes (C2SP signed-note), checkpoints (tlog-checkpoint) and cosignatures of witnesses (tlog-cosignature). */

const ED25519 = Uint8Array.of(0x01);
const COSIGNATURE_V1 = Uint8Array.of(0x04);
/** An algorithm without a number: its name follows (C2SP signed-note). */
const SM2 = concat(Uint8Array.of(0xff), utf8('sm2-sm3'));
const SM3_LINE = 'hash sm3';

export interface NoteSignature {
  readonly name: string;
  /** Four bytes that tell which of the keys of that name. */
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array<ArrayBuffer>;
}

export interface Note {
  /** What is signed, with its last line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface TreeHead extends ProvenHead {
  readonly origin: string;
}

/** An Ed25519 public key under the name that stands before its signatures. `raw`: its 32 bytes. */
export interface NoteKey {
  readonly name: string;
  readonly raw: Uint8Array;
}

/** @throws Malformed */
export function parseNote(note: string): Note {
  const end = note.lastIndexOf('\n\n');
  if (end <= 0 || !note.endsWith('\n')) throw new Malformed('not a signed note');
  const lines = note.slice(end + 2, -1).split('\n');
  return { text: note.slice(0, end + 1), signatures: lines.map(parseSignature) };
}

/** @throws Malformed */
export function parseSignature(line: string): NoteSignature {
  const [, name, value] = /^— ([^\s+]+) (\S+)$/u.exec(line) ?? [];
  if (name === undefined) throw new Malformed('not a signature line of a note');
  const bytes = fromBase64(value);
  if (bytes.length < 5) throw new Malformed('a signature that is too short');
  return { name, keyId: bytes.slice(0, 4), signature: bytes.slice(4) };
}

/** @throws Malformed */
export function parseTreeHead(text: string): TreeHead {
  const [origin, size, root, ...rest] = text.split('\n');
  // C2SP tlog-checkpoint: an extension line, which only a log that is not hashed with SHA-256 has
  const hash = rest.length === 2 && rest[0] === SM3_LINE ? 'sm3' : 'sha256';
  if (hash === 'sm3') rest.shift();
  if (origin === undefined || origin === '' || size === undefined || !/^(?:0|[1-9]\d{0,15})$/.test(size))
    throw new Malformed('not a checkpoint');
  if (rest.length !== 1 || rest[0] !== '') throw new Malformed('a checkpoint with lines that we do not know');
  const bytes = fromBase64(root);
  if (bytes.length !== 32 || !Number.isSafeInteger(Number(size))) throw new Malformed('not a checkpoint');
  return { origin, size: Number(size), root: bytes, hash };
}

const keyIdOf = async (name: string, type: Uint8Array, raw: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  (await sha256(utf8(`${name}\n`), type, raw)).slice(0, 4);

export const noteKeyId = (key: NoteKey): Promise<Uint8Array<ArrayBuffer>> => keyIdOf(key.name, ED25519, key.raw);
export const witnessKeyId = (key: NoteKey): Promise<Uint8Array<ArrayBuffer>> =>
  keyIdOf(key.name, COSIGNATURE_V1, key.raw);

/** What a witness signs when it cosigns at `time` (Unix seconds). */
export const cosignedMessage = (text: string, time: number): Uint8Array<ArrayBuffer> =>
  utf8(`cosignature/v1\ntime ${time}\n${text}`);

/** Whether the log has signed the note. */
export async function signedByLog(note: Note, key: NoteKey): Promise<boolean> {
  const id = await noteKeyId(key);
  for (const { name, keyId, signature } of note.signatures)
    if (name === key.name && equalBytes(keyId, id)) return verifyEd25519(key.raw, signature, utf8(note.text));
  return false;
}

/** Of an SM2 key. @param spki - SubjectPublicKeyInfo, DER */
export const sm2NoteKeyId = (name: string, spki: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  keyIdOf(name, SM2, spki);

/** Whether the log has signed the note with that SM2 key, too. */
export async function signedBySm2(note: Note, name: string, spki: Uint8Array): Promise<boolean> {
  const id = await sm2NoteKeyId(name, spki);
  const found = note.signatures.find((one) => one.name === name && equalBytes(one.keyId, id));
  return found !== undefined && verifySm2(spki, found.signature, utf8(note.text));
}

/** When the witness cosigned the note, Unix seconds; undefined when it did not, or its signature is wrong. */
export async function cosignedAt(note: Note, key: NoteKey): Promise<number | undefined> {
  const id = await witnessKeyId(key);
  for (const { name, keyId, signature } of note.signatures) {
    if (name !== key.name || !equalBytes(keyId, id)) continue;
    if (signature.length !== 72) return undefined;
    const time = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0));
    if (!Number.isSafeInteger(time)) return undefined;
    return (await verifyEd25519(key.raw, signature.slice(8), cosignedMessage(note.text, time))) ? time : undefined;
  }
  return undefined;
}

export const formatSignature = (name: string, keyId: Uint8Array, signature: Uint8Array): string =>
  `— ${name} ${base64Of(concat(keyId, signature))}\n`;

export const formatCosignature = (name: string, keyId: Uint8Array, time: number, signature: Uint8Array): string =>
  formatSignature(name, keyId, concat(uint64(time), signature));

export const formatTreeHead = ({ origin, size, root, hash }: TreeHead): string =>
  `${origin}\n${size}\n${base64Of(root)}\n${hash === 'sm3' ? `${SM3_LINE}\n` : ''}`;

const base64Of = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** RFC 8032. Never throws: a key or signature of another length verifies nothing. */
export async function verifyEd25519(raw: Uint8Array, signature: Uint8Array, message: Uint8Array): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', Uint8Array.from(raw), 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', key, Uint8Array.from(signature), Uint8Array.from(message));
  } catch {
    return false;
  }
}
