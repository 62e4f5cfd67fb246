import { createHash } from 'node:crypto';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type FlacReader, openFlac } from '../../../audio/flac/read-flac.ts';
import { IvrError, systemCode } from '../../../domain/error.ts';
import { primaryLanguage } from '../../../language/primary-language.ts';
import type { Synthesizer } from '../../synthesizer.ts';
import { RECORDINGS } from './capabilities.ts';
import { compose, keyOf } from './recorded-pieces.ts';

/** `zh.json`, beside `zh.flac`: where each piece lies, in samples. `npm run record-prompts` writes both. */
const Index = Type.Object({
  language: Type.String(),
  voice: Type.String(),
  sha256: Type.String(),
  pieces: Type.Record(Type.String(), Type.Tuple([Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 1 })])),
});
const CHECK = Compile(Index);

interface Recorded {
  readonly pieces: ReadonlyMap<string, readonly [at: number, length: number]>;
  readonly sha256: string;
  readonly flac: FlacReader;
  close(): Promise<void>;
}

const COMMA = new Int16Array(1_280);
/** Names and other words of Latin letters, which the English voice says. */
const LATIN = /^[A-Za-z][A-Za-z' ]*$/;

/** The languages that there are recordings of in a folder; none, where there is no folder. */
export async function recordedLanguages(folder: string): Promise<readonly string[]> {
  if (folder === '') return [];
  const files = await readdir(folder).catch((): string[] => []);
  return RECORDINGS.languages.filter((language) => files.includes(`${language}.json`));
}

/**
 * A voice that was recorded ahead: a text is put together from whole prompts, the pieces between their values, and the pieces of numbers. What
 * cannot be put together is not spoken.
 *
 * @param english - says Latin letters, at the level of the recordings; undefined: nobody does
 * @throws IvrError MODEL_MISSING, MODEL_ALTERED naming the file
 */
export async function openRecordings(
  folder: string,
  languages: readonly string[],
  english: Pick<Synthesizer, 'speak'> | undefined,
): Promise<Synthesizer> {
  const recorded = new Map<string, Recorded>();
  for (const language of languages) recorded.set(language, await openRecorded(folder, language));
  return {
    name: 'recordings',
    version: [...recorded.values()].map(({ sha256 }) => sha256.slice(0, 12)).join(' '),
    capabilities: { ...RECORDINGS, languages: [...recorded.keys()] },
    async speak(clause, { language }, signal) {
      const voice = recorded.get(primaryLanguage(language));
      const text = keyOf(clause);
      if (voice === undefined || text === '') return new Int16Array(0);
      const isLatin = (piece: string): boolean => english !== undefined && LATIN.test(piece);
      const pieces = compose(text, (piece) => voice.pieces.has(piece) || isLatin(piece));
      if (pieces === undefined)
        throw new IvrError('SYNTHESIS_FAILED', 'a text cannot be put together from the recordings', {
          language,
          length: text.length,
        });
      const parts: Int16Array[] = [];
      for (const piece of pieces) {
        signal.throwIfAborted();
        const place = voice.pieces.get(piece);
        if (piece === '') parts.push(COMMA);
        else if (place !== undefined) parts.push(await read(voice.flac, place));
        else if (english !== undefined) parts.push(await english.speak(piece, { language: 'en-US' }, signal));
      }
      return joined(parts);
    },
    async [Symbol.asyncDispose]() {
      for (const voice of recorded.values()) await voice.close();
    },
  };
}

async function openRecorded(folder: string, language: string): Promise<Recorded> {
  const [index, audio] = [join(folder, `${language}.json`), join(folder, `${language}.flac`)];
  const text = await readFile(index, 'utf8').catch((thrown: unknown) => missing(index, thrown));
  const known: unknown = parsed(text);
  if (!CHECK.Check(known)) throw altered(index);
  const bytes = await readFile(audio).catch((thrown: unknown) => missing(audio, thrown));
  if (createHash('sha256').update(bytes).digest('hex') !== known.sha256) throw altered(audio);
  const file = await open(audio, 'r');
  const source = {
    bytes: bytes.length,
    async read(from: number, to: number) {
      const { buffer, bytesRead } = await file.read(new Uint8Array(to - from), 0, to - from, from);
      return buffer.subarray(0, bytesRead);
    },
  };
  return {
    pieces: new Map(Object.entries(known.pieces)),
    sha256: known.sha256,
    flac: await openFlac(source),
    close: () => file.close(),
  };
}

async function read(flac: FlacReader, [at, length]: readonly [number, number]): Promise<Int16Array> {
  const parts: Int16Array[] = [];
  for await (const [samples = new Int16Array(0)] of flac.read(at, at + length)) parts.push(samples);
  return joined(parts);
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const missing = (file: string, thrown: unknown): never => {
  throw new IvrError('MODEL_MISSING', `${file} cannot be read: ${systemCode(thrown) ?? 'an error'}`, { file }, thrown);
};
const altered = (file: string): IvrError =>
  new IvrError('MODEL_ALTERED', `${file} is not as it was recorded: run npm run record-prompts again`, { file });
