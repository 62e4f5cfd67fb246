import { asError, IvrError } from '../../domain/error.ts';
import { type NoteKey, parseSignature } from '../../verify/note.ts';
import { formatAddCheckpoint } from './add-checkpoint.ts';
import type { Witness } from './witness.ts';

const LARGEST_ANSWER = 16 * 1024;

/** A witness somewhere else. @param url - what `/add-checkpoint` follows */
export function httpWitness(url: string, key: NoteKey): Witness {
  const { name } = key;
  const failed = (code: 'WITNESS_REFUSED' | 'WITNESS_UNREACHABLE', what: string, cause?: unknown): IvrError =>
    new IvrError(code, `witness ${name}: ${what}`, { witness: name }, cause);
  return {
    name,
    async cosign(note, from, proof, signal) {
      let status: number;
      let text: string;
      try {
        const body = formatAddCheckpoint({ old: from, proof, note });
        const response = await fetch(`${url.replace(/\/$/, '')}/add-checkpoint`, {
          method: 'POST',
          body,
          signal,
          redirect: 'error',
        });
        status = response.status;
        text = await textOf(response);
      } catch (thrown) {
        throw failed('WITNESS_UNREACHABLE', asError(thrown).message, thrown);
      }
      if (status === 409) {
        const size = /^(\d{1,16})\n?$/.exec(text)?.[1];
        if (size !== undefined && Number(size) !== from) return { size: Number(size) };
        throw failed('WITNESS_REFUSED', 'it has another root of the same size: one of the two histories is forged');
      }
      if (status >= 500) throw failed('WITNESS_UNREACHABLE', `it answered ${status}`);
      if (status !== 200) throw failed('WITNESS_REFUSED', `it answered ${status}: ${text.slice(0, 200).trim()}`);
      for (const line of text.split('\n').filter((one) => one !== ''))
        if (nameOf(line) === name) return { cosignature: line };
      throw failed('WITNESS_REFUSED', 'it answered with no signature of its own');
    },
  };
}

const nameOf = (line: string): string | undefined => {
  try {
    return parseSignature(line).name;
  } catch {
    return undefined;
  }
};

async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += (piece as Uint8Array).length;
    if (bytes > LARGEST_ANSWER) throw new Error('an answer that is too long');
    pieces.push(piece as Uint8Array);
  }
  return Buffer.concat(pieces).toString('utf8');
}
