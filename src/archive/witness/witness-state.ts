import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IvrError, systemCode } from '../../domain/error.ts';
import { sha256, toHex, utf8 } from '../../verify/bytes.ts';
import { parseNote, parseTreeHead } from '../../verify/note.ts';
import { replaceFile } from '../log/durable-folder.ts';
import type { WitnessedHead } from './add-checkpoint.ts';

/** The newest checkpoint of each log, each in a file of its own: what a witness must never forget. */
export interface WitnessState {
  get(origin: string): WitnessedHead | undefined;
  /** Durable when it resolves. */
  put(origin: string, note: string): Promise<void>;
}

/** @throws IvrError LOG_DAMAGED when a file that is there cannot be read: going on would let the log roll back */
export async function openWitnessState(folder: string, origins: readonly string[]): Promise<WitnessState> {
  const heads = new Map<string, WitnessedHead>();
  const path = async (origin: string): Promise<string> => join(folder, 'seen', toHex(await sha256(utf8(origin))));
  for (const origin of origins) {
    const note = await contentOf(await path(origin));
    if (note !== undefined) heads.set(origin, headOf(note, origin));
  }
  return {
    get: (origin) => heads.get(origin),
    async put(origin, note) {
      await replaceFile(await path(origin), Buffer.from(note), 'folder');
      heads.set(origin, headOf(note, origin));
    },
  };
}

function headOf(note: string, origin: string): WitnessedHead {
  try {
    const head = parseTreeHead(parseNote(note).text);
    if (head.origin === origin) return head;
  } catch (thrown) {
    throw unreadable(origin, thrown);
  }
  throw unreadable(origin);
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

const unreadable = (origin: string, cause?: unknown): IvrError =>
  new IvrError('LOG_DAMAGED', `what the witness has seen of ${origin} cannot be read`, { origin }, cause);
