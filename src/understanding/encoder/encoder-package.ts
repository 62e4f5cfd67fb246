import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spokenForm } from '../../language/en/spoken-form.ts';
import { checkedModel, type ModelPackage } from '../../lib/model-package.ts';
import { fnv1a } from './fnv1a.ts';
import { openSentenceEncoder, type SentenceEncoder } from './sentence-encoder.ts';
import { wordPieceTokenizer } from './word-piece.ts';

/** As `models/intents-en/README.md` lists its files. */
const INTENTS_EN: ModelPackage = {
  name: '@tellerline/intents-en',
  files: {
    'encoder.onnx': 'bf7accccffd3c255aef4f55a490986a6a5208ef457cba2fbf8bd6d274682e8bc',
    'vocab.txt': 'ea07c699f67251dc10428f73e8c9c6c5157bbe00b26711b74cb909c7933920c4',
    'trained-on.bin': 'c091fbf95bb023344924a4cf9f3d8945e3ca9006d67dbce37048ea3d731d74c8',
  },
};

/** Nobody says more in one breath; what is behind it tells nothing. */
const MOST_CHARACTERS = 2_000;

/** An encoder with the way in which its language is written down for it. */
export interface LanguageEncoder extends Pick<SentenceEncoder, 'encode' | 'release'> {
  /** A sentence in the form that the encoder was trained on, cut into words. */
  wordsOf(text: string): readonly string[];
  /** Whether the encoder was trained on this very sentence. */
  knows(words: readonly string[]): boolean;
}

/**
 * Loads the encoder of English: 0.2 s, 100 MB.
 *
 * @param modules - the node_modules folder that has the package; by default where Node finds it
 * @throws IvrError MODEL_MISSING, MODEL_ALTERED
 */
export async function openEnglishEncoder(modules?: string): Promise<LanguageEncoder> {
  const folder = await checkedModel(INTENTS_EN, modules === undefined ? undefined : [modules]);
  const vocabulary = (await readFile(join(folder, 'vocab.txt'), 'utf8')).trimEnd().split('\n');
  const hashes = await readFile(join(folder, 'trained-on.bin'));
  const known = new Set(Array.from({ length: hashes.length / 4 }, (_, at) => hashes.readUInt32LE(4 * at)));
  const { encode, release } = await openSentenceEncoder(
    await readFile(join(folder, 'encoder.onnx')),
    wordPieceTokenizer(vocabulary),
  );
  return {
    encode,
    release,
    wordsOf: (text) => spokenForm(text.slice(0, MOST_CHARACTERS)).match(/\S+/g) ?? [],
    knows: (words) => known.has(fnv1a(words.join(' '))),
  };
}
