import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { checkedModel, type ModelPackage } from '../../../lib/model-package.ts';
import { JsonRecord } from './json-record.ts';
import { Lexicon } from './lexicon.ts';
import { PartOfSpeechTagger, type TaggerModel } from './part-of-speech-tagger.ts';
import { phonemize } from './phonemizer.ts';
import { type Pronunciation, Pronunciations } from './pronunciations.ts';
import { type AcousticFrames, Vocoder } from './vocoder.ts';
import type { NeuralVoice } from './voices.ts';
import { openWordGuesser, type WordGuesserTables } from './word-guesser.ts';

/** hibari 0.2.1, as `models/voice-en/README.md` lists its files. */
const VOICE_EN: ModelPackage = {
  name: '@tellerline/voice-en',
  files: {
    'hibari.onnx': '5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8',
    'vocab.json': '70abefbe8a1c8865e43e0a43bbdc25b91a33e4aa053479d443ccf23e20a59e5d',
    'lexicon_us_gold.json.gz': '63ae94f8ef0e906d5b24fe9b59ffcbd1529aca5686a774610e43973cbaa86ad2',
    'lexicon_us_silver.json.gz': 'c4c2546ebf1eb07010331e7ef785a431aa17ba8e7bfb6b4af8d654ee96a71fd3',
    'tagger.json.gz': 'd2da7502284bbbe45d49e0b7ce3ce67bdab82254150f4317f1b8559b4d38d0eb',
    'tokenizer_exceptions.json': 'ddf3a3da07bdcf5144270ea4530191d8580fb4fd6f5ae93296e87916e795659a',
    'oov.onnx': 'd3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76',
    'oov.json': 'b462e6e5dbdf0e7346c732385d0dd844f612f1770871441c56932bff4ca75d8c',
  },
};

/** What the network was trained with at most. */
const MOST_PHONEMES = 400;
const SESSION: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  logSeverityLevel: 3,
};

export interface VoiceModel {
  /**
   * @param clause - plain words, some 200 characters at most: what goes beyond 400 phonemes is not said
   * @returns 8 kHz mono, about −1…1; empty when there is nothing to say
   */
  speak(clause: string, voice: NeuralVoice): Promise<Float32Array>;
  /** What would be said, in phonemes. */
  phonemize(clause: string): Promise<string>;
  release(): Promise<void>;
}

/**
 * Loads the whole English voice: 0.8 s, 200 MB.
 *
 * @param modules - the node_modules folder that has the package; by default where Node finds it
 * @throws IvrError MODEL_MISSING, MODEL_ALTERED
 */
export async function loadVoiceModel(modules?: string): Promise<VoiceModel> {
  const folder = await checkedModel(VOICE_EN, modules === undefined ? undefined : [modules]);
  const read = (file: string): Promise<Buffer> => readFile(join(folder, file));
  // trusted: the bytes were compared with the hashes above
  const json = async (file: string): Promise<never> => JSON.parse((await read(file)).toString('utf8')) as never;
  const pronunciations = async (file: string): Promise<Pronunciations> =>
    new Pronunciations(new JsonRecord<Pronunciation>(gunzipSync(await read(file))));
  const exceptions: Readonly<Record<string, readonly string[]>> = await json('tokenizer_exceptions.json');
  const tagger = taggerModel(gunzipSync(await read('tagger.json.gz')));
  const vocabulary: Readonly<Record<string, number>> = await json('vocab.json');
  const guesserTables: WordGuesserTables = await json('oov.json');
  const session = await InferenceSession.create(await read('hibari.onnx'), SESSION);
  const guesser = await openWordGuesser(await read('oov.onnx'), guesserTables, SESSION);
  const parts = {
    exceptions: new Map(Object.entries(exceptions)),
    tagger: new PartOfSpeechTagger(tagger),
    lexicon: new Lexicon(
      await pronunciations('lexicon_us_gold.json.gz'),
      await pronunciations('lexicon_us_silver.json.gz'),
    ),
    guess: (word: string) => guesser.guess(word),
  };
  const vocoders = new Map<number, Vocoder>();
  const vocoderOf = (size: number): Vocoder => {
    const vocoder = vocoders.get(size) ?? new Vocoder(size);
    vocoders.set(size, vocoder);
    return vocoder;
  };
  return {
    phonemize: (clause) => phonemize(clause, parts),
    async speak(clause, { size, pace }) {
      const ids = idsOf(await phonemize(clause, parts), vocabulary);
      if (ids.length === 0) return new Float32Array(0);
      return vocoderOf(size).synthesize(await acousticFrames(session, ids, pace));
    },
    async release() {
      await session.release();
      await guesser.release();
    },
  };
}

function taggerModel(bytes: Buffer): TaggerModel {
  const file = new JsonRecord(bytes);
  const bytesOf = (name: string): Buffer => file.valueBytes(name) ?? Buffer.alloc(0);
  const list = (name: string): readonly string[] => JSON.parse(bytesOf(name).toString('utf8')) as readonly string[];
  return {
    tags: list('tags'),
    vocab: list('vocab'),
    tagdict: new JsonRecord<string>(bytesOf('tagdict')),
    weights: new JsonRecord<Readonly<Record<string, number>>>(bytesOf('weights')),
  };
}

function idsOf(phonemes: string, vocabulary: Readonly<Record<string, number>>): number[] {
  const ids = Array.from(phonemes, (phoneme) => vocabulary[phoneme]).filter((id) => id !== undefined);
  return ids.slice(0, MOST_PHONEMES);
}

async function acousticFrames(
  session: InferenceSession,
  phonemes: readonly number[],
  pace: number,
): Promise<AcousticFrames> {
  const ids = [0, ...phonemes, 0]; // silence at both ends
  const outputs = await session.run({
    ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
    speed: new Tensor('float32', Float32Array.of(pace), [1]),
  });
  const data = (name: string): Float32Array => {
    const values = outputs[name]?.data;
    if (values instanceof Float32Array) return values;
    throw new TypeError(`the voice's network has no output ${name}`);
  };
  const pitch = data('f0');
  return {
    frames: pitch.length,
    pitch,
    tractGain: data('lh'),
    tractPhase: data('theta'),
    breath: data('ln'),
    restGain: data('lr'),
    restPhase: data('phi'),
  };
}
