import { noteKeyId, type NoteKey, witnessKeyId } from '../verify/note.ts';

/* Public keys as people pass them on (C2SP signed-note): `name+key id+base64 of the algorithm's byte and the key`. */

const LOG = 0x01;
const WITNESS = 0x04;

/** Of a log, or of a witness. */
export async function formatVerifierKey(key: NoteKey, use: 'log' | 'witness'): Promise<string> {
  const id = use === 'log' ? await noteKeyId(key) : await witnessKeyId(key);
  const bytes = Buffer.concat([Buffer.of(use === 'log' ? LOG : WITNESS), key.raw]);
  return `${key.name}+${Buffer.from(id).toString('hex')}+${bytes.toString('base64')}`;
}

/** Undefined: it is none, is of another use, or was mistyped. */
export async function parseVerifierKey(text: string, use: 'log' | 'witness'): Promise<NoteKey | undefined> {
  const [, name = '', , encoded = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text.trim()) ?? [];
  const raw = new Uint8Array(Buffer.from(encoded, 'base64').subarray(1));
  if (raw.length !== 32) return undefined;
  const key = { name, raw };
  return (await formatVerifierKey(key, use)) === text.trim() ? key : undefined;
}
